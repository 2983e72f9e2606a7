// The booking under way: what was chosen and typed. It outlives moving between pages and, in this tab only, a reload:
// phones drop a page while its owner reads the code in the SMS.
import { api, bearer, call } from '$shared/api/client';
import type { Challenge, Day, Hold, PendingWaiting, Slot } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { itemsOf, withWish, type Wish } from './booking';
import { holdSlot } from './holding.svelte';
import type { WishForm } from './waiting/wish';

const KEPT = 'lotse.booking';

/** Why a chosen time is gone. */
export type Loss = 'taken' | 'expired';

class Draft {
  wishes = $state.raw<Wish[]>([]);
  /** The service list is open to add another service to this visit. */
  adding = $state(false);
  slot = $state.raw<Slot | null>(null);
  hold = $state.raw<Hold | null>(null);
  token = $state('');
  lost = $state<Loss | null>(null);
  /** Times offered after the wanted one was lost. */
  nearest = $state.raw<Slot[]>([]);
  name = $state('');
  phone = $state('');
  email = $state('');
  address = $state('');
  remark = $state('');
  /** The helps ticked, by their key. */
  helps = $state.raw<string[]>([]);
  bookingId = $state<string | null>(null);
  challenge = $state.raw<Challenge | null>(null);
  /** The first free day that was found; null when none was. */
  earliest = $state<Day | null>(null);
  /** When somebody on the waiting list could come. */
  wish = $state.raw<WishForm | null>(null);
  /** The entry of the waiting list whose six digits are awaited. */
  pending = $state.raw<PendingWaiting | null>(null);

  /** Milliseconds the slot is still kept; 0 when it is not. */
  get left(): number {
    return this.hold ? Math.max(0, Date.parse(this.hold.expires_at) - clock.now) : 0;
  }

  /** Begins a visit with this service, or adds it to the one begun. */
  choose(wish: Wish): void {
    this.wishes = this.adding ? withWish(this.wishes, wish) : [wish];
    this.adding = false;
    this.slot = null;
    this.#noWaiting();
    this.#noLoss();
    void this.#release();
  }

  drop(slug: string): void {
    this.wishes = this.wishes.filter(({ service }) => service.slug !== slug);
    void this.#release();
  }

  /** Keeps the chosen slot for this visitor. Throws `slot_taken` and the like. */
  async take(slot: Slot): Promise<void> {
    const before = this.hold;
    if (before && this.left > 0 && this.slot?.pool_id === slot.pool_id && this.slot.starts_at === slot.starts_at) return;
    const hold = await holdSlot(itemsOf(this.wishes), slot);
    void this.#release();
    this.slot = slot;
    this.hold = hold;
    this.token = hold.token ?? '';
    this.#noLoss();
  }

  async extend(): Promise<void> {
    if (!this.hold) return;
    const id = this.hold.id;
    this.hold = await call(api.POST('/holds/{id}/extend', { params: { path: { id } }, headers: bearer(this.token) }));
  }

  /** The chosen time is gone; everything typed stays. */
  lose(loss: Loss, nearest: Slot[]): void {
    this.lost = loss;
    this.nearest = nearest;
    void this.#release();
  }

  done(): void {
    this.wishes = [];
    this.slot = null;
    this.remark = '';
    this.helps = [];
    this.#noWaiting();
    this.#noLoss();
    this.#forgetHold();
  }

  #noWaiting(): void {
    this.earliest = null;
    this.wish = null;
    this.pending = null;
  }

  #noLoss(): void {
    this.lost = null;
    this.nearest = [];
  }

  async #release(): Promise<void> {
    const { hold, token } = this;
    const running = this.left > 0;
    this.#forgetHold();
    if (!hold || !running) return;
    // Not being able to give it back is no harm: it ends by itself.
    await call(api.DELETE('/holds/{id}', { params: { path: { id: hold.id } }, headers: bearer(token) })).catch(() => {});
  }

  #forgetHold(): void {
    this.hold = null;
    this.token = '';
    this.bookingId = null;
    this.challenge = null;
  }

  toJSON(): Record<string, unknown> {
    const { wishes, slot, hold, token, name, phone, email, address, remark, helps, bookingId, challenge } = this;
    const { earliest, wish, pending } = this;
    const booking = { wishes, slot, hold, token, name, phone, email, address, remark, helps, bookingId, challenge };
    return { ...booking, earliest, wish, pending };
  }

  /** Takes back what `toJSON` gave; anything else is ignored. */
  restore(kept: unknown): void {
    if (typeof kept !== 'object' || kept === null || !('wishes' in kept) || !Array.isArray(kept.wishes)) return;
    Object.assign(this, kept);
  }
}

export const draft = new Draft();

/** Keeps the draft in this tab. Call once at start. */
export function keepDraft(store: Storage = sessionStorage): void {
  try {
    draft.restore(JSON.parse(store.getItem(KEPT) ?? 'null'));
  } catch {
    store.removeItem(KEPT);
  }
  $effect.root(() => {
    $effect(() => {
      const now = JSON.stringify(draft);
      try {
        if (draft.wishes.length > 0) store.setItem(KEPT, now);
        else store.removeItem(KEPT);
      } catch {
        // A device that stores nothing loses the draft on reload, nothing else.
      }
    });
  });
}
