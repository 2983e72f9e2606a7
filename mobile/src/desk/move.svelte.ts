// An appointment that staff move for somebody: the times to choose from, the move, and the way back.
import { api } from '$shared/api/client';
import { isRefused, sentence } from '$shared/api/problem';
import type { Appointment, Instant, ItemRequest, Slot } from '$shared/api/types';
import { whenShort } from '$shared/format';
import { feedback } from '$shared/staff/feedback.svelte';
import { asStaff } from '$shared/staff/session.svelte';
import { refresh } from './queue.svelte';
import { SlotSearch } from './slot-search.svelte';
import { texts } from './texts/index';

export interface Movable {
  booking_id: string;
  name: string;
  starts_at: Instant;
  office_id: string;
  items: readonly ItemRequest[];
}

const FIRST_CHOICES = 6;

type Goal = Pick<Slot, 'pool_id' | 'starts_at'>;
const moveTo = ({ pool_id, starts_at }: Goal, booking: string): Promise<Appointment> =>
  asStaff(api.POST('/bookings/{id}/move', { params: { path: { id: booking } }, body: { pool_id, starts_at } }));

export class BookingMove {
  /** Times of other offices, too. */
  everywhere = $state(false);
  busy = $state(false);
  failure = $state.raw<unknown>(null);
  readonly times: SlotSearch;

  /** `after` is told the appointment at its new time, also when it is moved back. */
  constructor(
    readonly booking: Movable,
    private readonly after: (moved: Appointment) => void,
  ) {
    this.times = new SlotSearch({
      items: () => booking.items.map(({ service, quantity }) => `${service}:${quantity}`).join(','),
      office: () => (this.everywhere ? null : booking.office_id),
      fits: (slot) => slot.office_id !== booking.office_id || Date.parse(slot.starts_at) !== Date.parse(booking.starts_at),
      few: FIRST_CHOICES,
    });
  }

  look(everywhere: boolean): void {
    this.everywhere = everywhere;
    void this.times.search();
  }

  /** Moves to the chosen time; true once that is done. A time taken meanwhile leaves the others to choose from. */
  async move(): Promise<boolean> {
    const slot = this.times.slot;
    if (slot === null || this.busy) return false;
    this.busy = true;
    this.failure = null;
    this.times.lost = null;
    try {
      const moved = await moveTo(slot, this.booking.booking_id);
      this.#tell(moved);
      this.after(moved);
      return true;
    } catch (error) {
      if (isRefused(error, 'slot_taken')) await this.times.lose(slot);
      else this.failure = error;
      return false;
    } finally {
      this.busy = false;
      void refresh();
    }
  }

  #tell(moved: Appointment): void {
    const t = texts.t.move;
    const sms = moved.sent_to ? t.smsGoes(moved.sent_to) : t.noSms;
    const back = this.#before();
    const undo = back.length === 0 ? undefined : { label: texts.t.done.undo, run: () => void this.#moveBack(moved, back) };
    feedback.show('ok', `${t.moved(this.booking.name, whenShort(moved.starts_at))} ${sms}`, undo);
  }

  /** Where it may have been: the day's list names the time but not the pool, so it is one of the office. */
  #before(): Goal[] {
    const slots = this.times.slots?.days.flatMap((one) => one.slots) ?? [];
    const pools = slots.filter((one) => one.office_id === this.booking.office_id).map((one) => one.pool_id);
    return pools
      .filter((pool, n) => pools.indexOf(pool) === n)
      .map((pool_id) => ({ pool_id, starts_at: this.booking.starts_at }));
  }

  async #moveBack(moved: Appointment, goals: readonly Goal[]): Promise<void> {
    const t = texts.t.move;
    const when = whenShort(this.booking.starts_at);
    try {
      const back = await firstOf(goals, (goal) => moveTo(goal, moved.id));
      feedback.show('ok', t.movedBack(this.booking.name, when));
      this.after(back);
    } catch (error) {
      feedback.show('bad', isRefused(error, 'slot_taken') ? t.notBack(when) : sentence(error, texts.t.refused));
    }
    void refresh();
  }
}

/** The first goal that is not taken. */
async function firstOf<T>(goals: readonly Goal[], attempt: (goal: Goal) => Promise<T>): Promise<T> {
  for (const goal of goals.slice(0, -1)) {
    try {
      return await attempt(goal);
    } catch (error) {
      if (!isRefused(error, 'slot_taken')) throw error;
    }
  }
  return attempt(goals[goals.length - 1] as Goal);
}

export const moving = $state<{ it: BookingMove | null }>({ it: null });

export function askMove(booking: Movable, after: (moved: Appointment) => void): void {
  const move = new BookingMove(booking, after);
  moving.it = move;
  void move.times.search();
}
