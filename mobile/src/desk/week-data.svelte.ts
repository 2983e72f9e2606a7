// The days of a week of an office, each as the page of a day has it.
import { api } from '$shared/api/client';
import type { Day, DayView } from '$shared/api/types';
import { addDays } from '$shared/format';
import { asStaff } from '$shared/staff/session.svelte';

/** Monday to Saturday: town halls are closed on Sundays. */
const DAYS = [0, 1, 2, 3, 4, 5];
const REFRESH_MS = 120_000;

export class WeekData {
  days = $state.raw<DayView[] | null>(null);
  failure = $state.raw<unknown>(null);
  #wanted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  async show(office: string, monday: Day): Promise<void> {
    const asked = `${office} ${monday}`;
    if (this.#wanted !== asked) this.days = null;
    this.#wanted = asked;
    clearTimeout(this.#timer);
    try {
      const query = (n: number) => ({ params: { query: { office, day: addDays(monday, n) } } });
      const days = await Promise.all(DAYS.map((n) => asStaff(api.GET('/day', query(n)))));
      if (this.#wanted !== asked) return;
      this.days = days;
      this.failure = null;
    } catch (error) {
      if (this.#wanted === asked) this.failure = error;
    }
    if (this.#wanted === asked) this.#timer = setTimeout(() => void this.show(office, monday), REFRESH_MS);
  }

  stop(): void {
    this.#wanted = '';
    clearTimeout(this.#timer);
  }
}
