// Free times to choose from: the first few anywhere, or all of one day. The last question wins.
import { api } from '$shared/api/client';
import type { Day, Slot, Slots } from '$shared/api/types';
import { whole, type SlotQuery } from '$shared/slots';
import { asStaff } from '$shared/staff/session.svelte';

const DAYS_AHEAD = 31;

interface Wanted {
  /** What for: `dienst:1,dienst:2`; empty while nothing is chosen. */
  items: () => string;
  /** One office, or all. */
  office?: () => string | null;
  /** Times that are no choice, such as the one to move away from. */
  fits?: (slot: Slot) => boolean;
  /** How many are offered without a wanted day. */
  few: number;
}

/** As staff may give them: also what is kept for them, and what only they book. */
const freeSlots = async (query: SlotQuery) => whole(await asStaff(api.GET('/staff/slots', { params: { query } })));

const same = (a: Slot | null, b: Slot) => a?.starts_at === b.starts_at && a.pool_id === b.pool_id;

export class SlotSearch {
  /** A day somebody wants, or null for the earliest anywhere. */
  day = $state<Day | null>(null);
  slots = $state.raw<Slots | null>(null);
  slot = $state.raw<Slot | null>(null);
  searching = $state(false);
  failure = $state.raw<unknown>(null);
  /** The slot somebody else was faster with. */
  lost = $state.raw<Slot | null>(null);
  #asked = 0;
  #under: Promise<void> = Promise.resolve();

  constructor(private readonly wanted: Wanted) {}

  /** The times to offer: the first few anywhere, or all of the wanted day. */
  get choices(): Slot[] {
    const { fits = () => true, few } = this.wanted;
    const all = this.slots?.days.flatMap((one) => one.slots).filter(fits) ?? [];
    return this.day === null ? all.slice(0, few) : all;
  }

  isChosen(slot: Slot): boolean {
    return same(this.slot, slot);
  }

  wish(day: Day | null): void {
    this.day = day;
    void this.search();
  }

  /** Asks for free times. What was chosen stays chosen while it is free, else the first is. */
  search(): Promise<void> {
    this.#under = this.#search();
    return this.#under;
  }

  /** Once the last question is answered. */
  settled(): Promise<void> {
    return this.#under;
  }

  async #search(): Promise<void> {
    const asked = ++this.#asked;
    const items = this.wanted.items();
    if (items === '') {
      this.slots = null;
      this.slot = null;
      this.searching = false;
      return;
    }
    this.searching = true;
    const office = this.wanted.office?.() ?? undefined;
    const days = this.day === null ? { days: DAYS_AHEAD } : { from: this.day, days: 1 };
    try {
      const slots = await freeSlots({ items, office, ...days });
      if (asked !== this.#asked) return;
      this.slots = slots;
      this.failure = null;
      this.slot = this.choices.find((one) => same(this.slot, one)) ?? this.choices[0] ?? null;
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    } finally {
      if (asked === this.#asked) this.searching = false;
    }
  }

  /** Somebody else was faster with this slot: what is left? */
  async lose(slot: Slot): Promise<void> {
    this.lost = slot;
    this.slot = null;
    await this.search();
  }
}
