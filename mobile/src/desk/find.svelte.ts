// Finding an appointment anywhere, on the server. Each search is recorded there with who looked.
import { api } from '$shared/api/client';
import type { FoundBooking, FoundPeople } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

export class Finding {
  query = $state('');
  found = $state.raw<FoundPeople | null>(null);
  failure = $state.raw<unknown>(null);
  busy = $state(false);

  constructor(
    query: string,
    readonly office: string | undefined,
  ) {
    this.query = query;
    void this.look();
  }

  async look(): Promise<void> {
    const query = this.query.trim();
    if (query.length < 2 || this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      this.found = await asStaff(api.POST('/staff/search', { params: { query: { office: this.office } }, body: { query } }));
    } catch (error) {
      this.found = null;
      this.failure = error;
    } finally {
      this.busy = false;
    }
  }
}

/** The one window over the desk. */
export const finding = $state<{ it: Finding | null }>({ it: null });

export function askFind(query: string, office: string | undefined): void {
  finding.it = new Finding(query, office);
}

/** Whether it can still be moved or cancelled. */
export const isOpen = (booking: FoundBooking): boolean => booking.state === 'booked';
