// The booking for a caller as it is being typed. It outlives the page: looking something up loses nothing.
import { api, once } from '$shared/api/client';
import { isRefused } from '$shared/api/problem';
import type { Appointment, Day, Service, ServiceSummary, Slot, Slots } from '$shared/api/types';
import { freeSlots } from '$shared/slots';
import { asStaff } from '$shared/staff/session.svelte';
import { uuid } from '$shared/uuid';
import { call } from '$shared/api/client';

export interface Chosen {
  service: ServiceSummary;
  quantity: number;
}

const DAYS_AHEAD = 31;
const FIRST_CHOICES = 4;

export class CallerBooking {
  chosen = $state<Chosen[]>([]);
  detail = $state.raw<Service | null>(null);
  name = $state('');
  phone = $state('');
  noPhone = $state(false);
  remark = $state('');
  language = $state('de');
  /** A day the caller wants, or null for the earliest anywhere. */
  day = $state<Day | null>(null);
  slots = $state.raw<Slots | null>(null);
  slot = $state.raw<Slot | null>(null);
  searching = $state(false);
  failure = $state.raw<unknown>(null);
  /** The slot somebody else was faster with. */
  lost = $state.raw<Slot | null>(null);
  booked = $state.raw<Appointment | null>(null);
  startedAt = $state<number | null>(null);
  #asked = 0;
  #key = uuid();

  /** The times to offer: the first few anywhere, or all of the wanted day. */
  get choices(): Slot[] {
    const all = this.slots?.days.flatMap((one) => one.slots) ?? [];
    return this.day === null ? all.slice(0, FIRST_CHOICES) : all;
  }

  get begun(): boolean {
    return this.chosen.length > 0 || this.name !== '' || this.phone !== '';
  }

  add(service: ServiceSummary, now: number): void {
    this.startedAt ??= now;
    const known = this.chosen.find((one) => one.service.slug === service.slug);
    if (known) known.quantity += 1;
    else this.chosen.push({ service, quantity: 1 });
    void this.search();
    void this.explain();
  }

  remove(slug: string): void {
    this.chosen = this.chosen.filter((one) => one.service.slug !== slug);
    void this.search();
    void this.explain();
  }

  wish(day: Day | null): void {
    this.day = day;
    void this.search();
  }

  /** Asks for free times of what is chosen; the last question wins. */
  async search(): Promise<void> {
    const asked = ++this.#asked;
    if (this.chosen.length === 0) {
      this.slots = null;
      this.slot = null;
      return;
    }
    this.searching = true;
    const items = this.chosen.map(({ service, quantity }) => `${service.slug}:${quantity}`).join(',');
    const wanted = this.day === null ? { days: DAYS_AHEAD } : { from: this.day, days: 1 };
    try {
      const slots = await freeSlots({ items, ...wanted });
      if (asked !== this.#asked) return;
      this.slots = slots;
      this.failure = null;
      const kept = this.choices.find((one) => one.starts_at === this.slot?.starts_at && one.pool_id === this.slot?.pool_id);
      this.slot = kept ?? this.choices[0] ?? null;
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    } finally {
      if (asked === this.#asked) this.searching = false;
    }
  }

  /** Documents and the online way of the first service. */
  async explain(): Promise<void> {
    const slug = this.chosen[0]?.service.slug;
    if (!slug || this.detail?.slug === slug) {
      if (!slug) this.detail = null;
      return;
    }
    this.detail = null;
    const detail = await call(api.GET('/services/{slug}', { params: { path: { slug } } })).catch(() => null);
    if (this.chosen[0]?.service.slug === slug) this.detail = detail;
  }

  /**
   * Books. A slot taken meanwhile is remembered and the times are asked again; everything typed stays. `beside` books
   * although the number has an appointment for the service already; the event log says so.
   */
  async book(slot: Slot, beside = false): Promise<void> {
    this.lost = null;
    try {
      const { appointment } = await asStaff(
        api.POST('/staff/bookings', {
          body: {
            items: this.chosen.map(({ service, quantity }) => ({ service: service.slug, quantity })),
            pool_id: slot.pool_id,
            starts_at: slot.starts_at,
            name: this.name.trim(),
            phone: this.noPhone ? undefined : this.phone.trim(),
            remark: this.remark.trim() || undefined,
            language: this.language,
            override: beside,
          },
          headers: once(this.#key),
        }),
      );
      this.booked = appointment;
    } catch (error) {
      if (isRefused(error)) this.#key = uuid();
      if (isRefused(error, 'slot_taken')) {
        this.lost = slot;
        this.slot = null;
        await this.search();
      }
      throw error;
    }
  }
}

let current = $state.raw(new CallerBooking());

export const caller = {
  get booking(): CallerBooking {
    return current;
  },
  /** The next caller. */
  again(): void {
    current = new CallerBooking();
  },
};
