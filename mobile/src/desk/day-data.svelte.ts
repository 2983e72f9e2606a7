// One day of an office, asked again after every change and once a minute while it is today.
import { api } from '$shared/api/client';
import type { Day, DayView } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

const REFRESH_MS = 60_000;

export class DayData {
  view = $state.raw<DayView | null>(null);
  failure = $state.raw<unknown>(null);
  #wanted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Shows `day`; the old day stays in sight until the new one is there. */
  async show(office: string, day: Day): Promise<void> {
    const asked = `${office} ${day}`;
    this.#wanted = asked;
    clearTimeout(this.#timer);
    try {
      const view = await asStaff(api.GET('/day', { params: { query: { office, day } } }));
      if (this.#wanted !== asked) return;
      this.view = view;
      this.failure = null;
    } catch (error) {
      if (this.#wanted === asked) this.failure = error;
    }
    if (this.#wanted === asked) this.#timer = setTimeout(() => void this.show(office, day), REFRESH_MS);
  }

  stop(): void {
    this.#wanted = '';
    clearTimeout(this.#timer);
  }
}
