// The periods one chooses with a click, and the address that keeps what was chosen. Pure.
import type { Day } from '$shared/api/types';
import { addDays, weekdayIndex } from '$shared/format';

export type Preset = 'week' | 'last_week' | 'month' | 'last_month' | 'free';

export interface Span {
  from: Day;
  to: Day;
}

/** The days of a preset, seen from today. */
export function spanOf(preset: Exclude<Preset, 'free'>, today: Day): Span {
  const monday = addDays(today, -weekdayIndex(today));
  const first = `${today.slice(0, 8)}01`;
  if (preset === 'week') return { from: monday, to: addDays(monday, 6) };
  if (preset === 'last_week') return { from: addDays(monday, -7), to: addDays(monday, -1) };
  if (preset === 'month') return { from: first, to: addDays(`${addDays(first, 31).slice(0, 8)}01`, -1) };
  const last = addDays(first, -1);
  return { from: `${last.slice(0, 8)}01`, to: last };
}

/** The preset that these days are, else `free`. */
export function presetOf(span: Span, today: Day): Preset {
  const all = ['week', 'last_week', 'month', 'last_month'] as const;
  return all.find((one) => spanOf(one, today).from === span.from && spanOf(one, today).to === span.to) ?? 'free';
}

/** What the address asks for. */
export interface Wanted extends Span {
  office: string;
  service: string;
}

const isDay = (text: string | null): text is Day => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** What a query asks for; without days the last week, which is whole. */
export function wantedOf(query: URLSearchParams, today: Day): Wanted {
  const usual = spanOf('last_week', today);
  const [from, to] = [query.get('from'), query.get('to')];
  const span = isDay(from) && isDay(to) ? { from, to } : usual;
  return { ...span, office: query.get('office') ?? '', service: query.get('service') ?? '' };
}

/** The query that asks for this. */
export function queryOf(wanted: Wanted): string {
  const query = new URLSearchParams({ from: wanted.from, to: wanted.to });
  if (wanted.office) query.set('office', wanted.office);
  if (wanted.service) query.set('service', wanted.service);
  return query.toString();
}
