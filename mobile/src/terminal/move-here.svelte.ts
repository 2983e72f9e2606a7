// An appointment of another day, moved to today at the terminal: which times are free, the one chosen, the move itself.
// The code in hand proves whose it is; moving also checks in, so that nobody has to type it again.
import { untrack } from 'svelte';
import { isRefused } from '$shared/api/problem';
import { clock } from '$shared/clock.svelte';
import type { Slot } from '$shared/api/types';
import { uuid } from '$shared/uuid';
import { lineIsDown, type Terminal } from './terminal.svelte';

export type Offer = 'loading' | 'free' | 'none' | 'offline' | 'failed';
/** Why the last try came to nothing. */
export type Setback = 'taken' | 'offline' | 'busy';

export class MoveHere {
  #answer = $state.raw<Slot[] | 'loading' | 'offline' | 'failed'>('loading');
  chosen = $state.raw<Slot | null>(null);
  setback = $state.raw<Setback | null>(null);
  busy = $state(false);
  /** Stays the same while one time is tried again: an answer lost on the way must not move twice. */
  #tapKey = uuid();

  constructor(
    private readonly terminal: Terminal,
    private readonly code: string,
  ) {}

  /** The times still to come, the next first. */
  readonly free = $derived(
    typeof this.#answer === 'string' ? [] : this.#answer.filter((slot) => Date.parse(slot.starts_at) > clock.now),
  );

  get offer(): Offer {
    if (typeof this.#answer === 'string') return this.#answer;
    return this.free.length > 0 ? 'free' : 'none';
  }

  async load(): Promise<void> {
    this.#answer = 'loading';
    this.chosen = null;
    try {
      this.#answer = await this.terminal.slotsHere(this.code);
    } catch (error) {
      // An appointment that cannot be moved is not offered any time.
      this.#answer = isRefused(error, 'not_movable') ? [] : lineIsDown(error) ? 'offline' : 'failed';
    }
  }

  /** In an effect: asks again as soon as the line is back. */
  reloadOnceBack(): void {
    if (this.offer === 'offline' && this.terminal.offlineSince === null) untrack(() => void this.load());
  }

  choose(slot: Slot): void {
    if (this.busy) return;
    if (slot.starts_at !== this.chosen?.starts_at) this.#tapKey = uuid();
    this.chosen = slot;
    this.setback = null;
  }

  /** Moves to the chosen time and checks in; the terminal goes on to the number. */
  async move(): Promise<void> {
    const slot = this.chosen;
    if (slot === null || this.busy) return;
    this.busy = true;
    try {
      await this.terminal.moveHere(this.code, slot, this.#tapKey);
    } catch (error) {
      await this.#notMoved(error);
    } finally {
      this.busy = false;
    }
  }

  async #notMoved(error: unknown): Promise<void> {
    if (lineIsDown(error)) this.setback = 'offline';
    else if (isRefused(error, 'slot_taken', 'slot_too_soon', 'slot_beyond_horizon')) {
      this.setback = 'taken';
      await this.load();
    } else if (isRefused(error, 'not_movable', 'same_slot')) await this.terminal.checkIn(this.code);
    else if (isRefused(error) && error.status < 500 && error.status !== 401) this.terminal.refuse(error, this.code);
    else this.setback = 'busy';
  }
}
