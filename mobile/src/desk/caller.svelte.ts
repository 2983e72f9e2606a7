// The booking for a caller as it is being typed. It outlives the page: looking something up loses nothing.
import { api, call, once } from '$shared/api/client';
import { isRefused } from '$shared/api/problem';
import type { Appointment, Service, ServiceSummary, Slot, Visit } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';
import { uuid } from '$shared/uuid';
import { SlotSearch } from './slot-search.svelte';

export interface Chosen {
  service: ServiceSummary;
  quantity: number;
}

const FIRST_CHOICES = 4;

export class CallerBooking {
  chosen = $state<Chosen[]>([]);
  detail = $state.raw<Service | null>(null);
  name = $state('');
  phone = $state('');
  noPhone = $state(false);
  /** The visit it follows: name and number are known from there. */
  follows = $state.raw<Visit | null>(null);
  remark = $state('');
  language = $state('de');
  readonly times = new SlotSearch({
    items: () => this.chosen.map(({ service, quantity }) => `${service.slug}:${quantity}`).join(','),
    few: FIRST_CHOICES,
  });
  booked = $state.raw<Appointment | null>(null);
  startedAt = $state<number | null>(null);
  #key = uuid();

  get begun(): boolean {
    return this.chosen.length > 0 || this.name !== '' || this.phone !== '';
  }

  /** Whether the name need not be asked. */
  get nameKnown(): boolean {
    return Boolean(this.follows?.name);
  }

  /** Whether the number need not be asked. */
  get phoneKnown(): boolean {
    return Boolean(this.follows?.sms);
  }

  add(service: ServiceSummary, now: number): void {
    this.startedAt ??= now;
    const known = this.chosen.find((one) => one.service.slug === service.slug);
    if (known) known.quantity += 1;
    else this.chosen.push({ service, quantity: 1 });
    void this.times.search();
    void this.explain();
  }

  remove(slug: string): void {
    this.chosen = this.chosen.filter((one) => one.service.slug !== slug);
    void this.times.search();
    void this.explain();
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
    this.times.lost = null;
    try {
      const { appointment } = await asStaff(
        api.POST('/staff/bookings', {
          body: {
            items: this.chosen.map(({ service, quantity }) => ({ service: service.slug, quantity })),
            pool_id: slot.pool_id,
            starts_at: slot.starts_at,
            name: this.name.trim(),
            phone: this.noPhone ? undefined : this.phone.trim() || undefined,
            follows: this.follows?.id,
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
      if (isRefused(error, 'slot_taken')) await this.times.lose(slot);
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
  /** An appointment that follows a visit, for the same matter to begin with. */
  follow(visit: Visit, services: readonly ServiceSummary[], now: number): void {
    current = new CallerBooking();
    current.follows = visit;
    current.language = visit.language;
    for (const item of visit.items) {
      const service = services.find((one) => one.slug === item.service);
      if (!service) continue;
      current.add(service, now);
      const chosen = current.chosen.find((one) => one.service.slug === service.slug);
      if (chosen) chosen.quantity = item.quantity;
    }
  },
};
