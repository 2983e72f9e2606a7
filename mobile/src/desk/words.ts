// Small phrases that several parts of the desk need.
import type { Day, Item } from '$shared/api/types';
import { dayShort, daysBetween } from '$shared/format';
import { say } from '$shared/i18n/index.svelte';
import { texts } from './texts/index';

/** "Reisepass beantragen, 2 × Personalausweis" */
export function services(items: readonly Item[]): string {
  return items.map((item) => (item.quantity > 1 ? `${item.quantity} × ${say(item.name)}` : say(item.name))).join(', ');
}

/** "Heute", "Morgen", else "Di, 24. Nov." */
export function nearDay(day: Day, today: Day): string {
  const away = daysBetween(today, day);
  return away === 0 ? texts.t.caller.today : away === 1 ? texts.t.caller.tomorrow : dayShort(day);
}

/** "8:15" */
export const shownTime = (time: string): string => time.replace(/^0/, '');

/** "05:12", from an hour on "1:05:12". */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
}

/** Whole minutes from `instant` to `now`, never negative. */
export function minutesSince(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000));
}
