// An appointment for today, booked at the terminal: the slot is held, then name, mobile number, six digits by SMS.
// The same steps and refusals as in the citizen app; a hold that is not used is given back at once.
import { api, bearer, call, once } from '$shared/api/client';
import { isRefused, Refused } from '$shared/api/problem';
import type { Appointment, Challenge, Hold, Slot } from '$shared/api/types';
import { i18n } from '$shared/i18n/index.svelte';
import { uuid } from '$shared/uuid';
import { deviceToken } from './device';

export type Step = 'name' | 'phone' | 'verify' | 'booked' | 'taken' | 'failed';
export type Trouble =
  | { kind: 'wrong_code'; triesLeft: number }
  | { kind: 'dead' }
  | { kind: 'resent' }
  | { kind: 'too_soon'; at: string | null }
  | { kind: 'name' }
  | { kind: 'phone' }
  | { kind: 'busy' };

export class TodayBooking {
  step = $state<Step>('name');
  trouble = $state.raw<Trouble | null>(null);
  busy = $state(false);
  name = $state('');
  hold = $state.raw<Hold | null>(null);
  challenge = $state.raw<Challenge | null>(null);
  appointment = $state.raw<Appointment | null>(null);
  #booking: string | null = null;
  #phone = '';
  /** The keys stay the same for all attempts of one intention. */
  readonly #holdKey = uuid();
  #bookingKey = uuid();

  constructor(
    private readonly service: string,
    private readonly slot: Slot,
  ) {}

  async take(): Promise<void> {
    const items = [{ service: this.service, quantity: 1 }];
    const body = { items, pool_id: this.slot.pool_id, starts_at: this.slot.starts_at };
    await this.#try(async () => {
      this.hold = await call(api.POST('/holds', { body, headers: { ...bearer(deviceToken.read() ?? ''), ...once(this.#holdKey) } }));
    }, 'failed');
  }

  nameDone(): void {
    if (this.name.trim().length < 2) this.trouble = { kind: 'name' };
    else this.#to('phone');
  }

  async phoneDone(phone: string): Promise<void> {
    const hold = this.hold;
    if (!hold) return;
    await this.#try(async () => {
      if (this.#booking === null) {
        const body = { hold_id: hold.id, name: this.name.trim(), phone, language: i18n.lang };
        const headers = { ...this.#auth(), ...once(this.#bookingKey) };
        const pending = await call(api.POST('/bookings', { body, headers }));
        this.#booking = pending.booking_id;
        this.challenge = pending.challenge;
      } else if (phone !== this.#phone) {
        const params = { path: { id: this.#booking } };
        this.challenge = await call(
          api.PATCH('/bookings/{id}/phone', { params, body: { phone }, headers: this.#auth() }),
        );
      }
      this.#phone = phone;
      this.#to('verify');
    });
  }

  async verify(code: string): Promise<void> {
    if (this.#booking === null) return;
    const params = { path: { id: this.#booking } };
    await this.#try(async () => {
      const done = await call(api.POST('/bookings/{id}/verify', { params, body: { code }, headers: this.#auth() }));
      this.appointment = done.appointment;
      this.hold = null;
      this.#to('booked');
    });
  }

  async resend(): Promise<void> {
    if (this.#booking === null) return;
    const params = { path: { id: this.#booking } };
    await this.#try(async () => {
      this.challenge = await call(api.POST('/bookings/{id}/resend-code', { params, headers: this.#auth() }));
      this.trouble = { kind: 'resent' };
    });
  }

  /** Gives the slot back when the person goes away before the end. */
  release(): void {
    const hold = this.hold;
    if (!hold || this.step === 'booked') return;
    this.hold = null;
    // It expires by itself when this does not get through.
    void call(api.DELETE('/holds/{id}', { params: { path: { id: hold.id } }, headers: bearer(hold.token ?? '') })).catch(
      () => undefined,
    );
  }

  #auth(): { Authorization: string } {
    return bearer(this.hold?.token ?? '');
  }

  #to(step: Step): void {
    this.step = step;
    this.trouble = null;
  }

  async #try(work: () => Promise<void>, otherwise?: Step): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.#refused(error, otherwise);
    } finally {
      this.busy = false;
    }
  }

  #refused(error: unknown, otherwise: Step | undefined): void {
    if (isRefused(error, 'slot_taken', 'hold_expired')) this.#to('taken');
    else if (isRefused(error, 'wrong_code')) this.trouble = { kind: 'wrong_code', triesLeft: error.data.tries_left ?? 0 };
    else if (isRefused(error, 'challenge_dead')) this.trouble = { kind: 'dead' };
    else if (isRefused(error, 'too_soon')) this.trouble = { kind: 'too_soon', at: error.data.resend_at ?? null };
    else if (error instanceof Refused && error.status === 422) this.#fieldRefused(error);
    else if (otherwise) this.#to(otherwise);
    else this.trouble = { kind: 'busy' };
  }

  #fieldRefused(error: Refused): void {
    // A refused booking is a new intention once a field is mended.
    this.#bookingKey = uuid();
    if (error.fields.some((one) => one.field === 'name')) {
      this.#to('name');
      this.trouble = { kind: 'name' };
    } else this.trouble = { kind: 'phone' };
  }
}
