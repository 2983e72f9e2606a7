// The booking under way: what was chosen and typed. It outlives moving between pages, and nothing of it is stored.
import { api, bearer, call, once } from '$shared/api/client';
import type { Challenge, Hold, Service, Slot } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';

class Draft {
  service = $state.raw<Service | null>(null);
  quantity = $state(1);
  slot = $state.raw<Slot | null>(null);
  hold = $state.raw<Hold | null>(null);
  /** Times offered after the wanted one was lost. */
  nearest = $state.raw<Slot[]>([]);
  name = $state('');
  phone = $state('');
  email = $state('');
  address = $state('');
  remark = $state('');
  bookingId = $state<string | null>(null);
  challenge = $state.raw<Challenge | null>(null);
  token = '';

  /** Milliseconds the slot is still kept; 0 when it is not. */
  get left(): number {
    return this.hold ? Math.max(0, new Date(this.hold.expires_at).getTime() - clock.now) : 0;
  }

  choose(service: Service, quantity: number): void {
    this.service = service;
    this.quantity = quantity;
    this.slot = null;
    this.nearest = [];
    this.#forgetHold();
  }

  /** Keeps the chosen slot for this visitor. */
  async take(slot: Slot): Promise<void> {
    if (!this.service) return;
    this.slot = slot;
    this.#forgetHold();
    const body = {
      items: [{ service: this.service.slug, quantity: this.quantity }],
      pool_id: slot.pool_id,
      starts_at: slot.starts_at,
    };
    const hold = await call(api.POST('/holds', { body, params: {}, headers: once() }));
    this.token = hold.token ?? '';
    this.hold = hold;
    this.nearest = [];
  }

  async extend(): Promise<void> {
    if (!this.hold) return;
    const id = this.hold.id;
    this.hold = await call(api.POST('/holds/{id}/extend', { params: { path: { id } }, headers: bearer(this.token) }));
  }

  done(): void {
    this.service = null;
    this.slot = null;
    this.#forgetHold();
  }

  #forgetHold(): void {
    this.hold = null;
    this.token = '';
    this.bookingId = null;
    this.challenge = null;
  }
}

export const draft = new Draft();
