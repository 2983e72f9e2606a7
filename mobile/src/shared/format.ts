// Dates, times, money and counts for people: always the town's time zone, always the language shown.
import { i18n } from './i18n/index.svelte';
import { common } from './i18n/common';
import type { Day, Instant, WaitRange } from './api/types';

const ZONE = 'Europe/Berlin';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${i18n.locale} ${name}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(i18n.locale, { timeZone: ZONE, ...options });
    formats.set(key, found);
  }
  return found;
}

const instant = (at: Instant | number | Date) => new Date(at);
/** Noon in UTC lies on the same day everywhere in the zone. */
const noon = (day: Day) => new Date(`${day}T12:00:00Z`);

/** "10:20", in German "8:40" without a leading zero, as people write it. */
export function time(at: Instant | number | Date): string {
  return format('time', { hour: i18n.lang === 'de' ? 'numeric' : '2-digit', minute: '2-digit', hourCycle: 'h23' })
    .formatToParts(instant(at))
    .filter((part) => part.type !== 'dayPeriod')
    .map((part) => (part.type === 'hour' && i18n.lang === 'de' ? String(Number(part.value)) : part.value))
    .join('')
    .replace(/\s*Uhr$/, '')
    .trim();
}

/** "10:20:04" */
export function timeExact(at: Instant | number | Date): string {
  return format('timeExact', { timeStyle: 'medium', hourCycle: 'h23' }).format(instant(at));
}

/** "10:19:24,012", for histories in which milliseconds tell the order. */
export function timeMillis(at: Instant | number | Date): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const;
  return format('timeMillis', { ...options, hourCycle: 'h23' }).format(instant(at));
}

/** Minutes since local midnight. */
export function minuteOfDay(at: Instant | number | Date): number {
  const parts = format('minuteOfDay', { hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(instant(at));
  const part = (type: 'hour' | 'minute') => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part('hour') * 60 + part('minute');
}

/** "10:20 Uhr" */
export function clockTime(at: Instant | number | Date): string {
  return common.t.clock(time(at));
}

/** The local day of an instant, YYYY-MM-DD. */
export function dayOf(at: Instant | number | Date): Day {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, dateStyle: 'short' }).format(instant(at));
  return parts;
}

/** "Montag, 23. November" */
export function dayLong(day: Day): string {
  return format('dayLong', { weekday: 'long', day: 'numeric', month: 'long' }).format(noon(day));
}

/** "Mo, 23. Nov." */
export function dayShort(day: Day): string {
  // Some ICU versions write "Mo.", people write "Mo".
  return format('dayShort', { weekday: 'short', day: 'numeric', month: 'short' }).format(noon(day)).replace(/^(\p{L}+)\.,/u, '$1,');
}

/** "Montag, 23. November 2026" */
export function dayWithYear(day: Day): string {
  return format('dayWithYear', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(noon(day));
}

/** "23" */
export function dayNumber(day: Day): string {
  return String(Number(day.slice(8)));
}

/** "November" */
export function monthName(day: Day): string {
  return format('month', { month: 'long' }).format(noon(day));
}

/** "Montag" */
export function weekday(day: Day): string {
  return format('weekday', { weekday: 'long' }).format(noon(day));
}

/** "Mo", Monday first. */
export function weekdaysShort(): string[] {
  return [1, 2, 3, 4, 5, 6, 7].map((n) => format('weekdayShort', { weekday: 'short' }).format(noon(`2024-01-0${n}`)));
}

/** Monday 0 … Sunday 6. */
export function weekdayIndex(day: Day): number {
  return (noon(day).getUTCDay() + 6) % 7;
}

/** The day `n` days later. */
export function addDays(day: Day, n: number): Day {
  return new Date(noon(day).getTime() + n * 86_400_000).toISOString().slice(0, 10);
}

/** Whole days from `from` to `to`. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((noon(to).getTime() - noon(from).getTime()) / 86_400_000);
}

/** "Montag, 23. November, 10:20 Uhr" */
export function whenLong(at: Instant): string {
  return `${dayLong(dayOf(at))}, ${clockTime(at)}`;
}

/** "Mo, 23. Nov., 10:20 Uhr" */
export function whenShort(at: Instant): string {
  return `${dayShort(dayOf(at))}, ${clockTime(at)}`;
}

/** "heute", "morgen", "in 4 Tagen" seen from `today`. */
export function relativeDay(day: Day, today: Day): string {
  return new Intl.RelativeTimeFormat(i18n.locale, { numeric: 'auto' }).format(daysBetween(today, day), 'day');
}

/** "heute, 10:20 Uhr", "morgen, 8:40 Uhr", else "Mo, 23. Nov., 10:20 Uhr" */
export function whenNear(at: Instant, today: Day): string {
  const away = daysBetween(today, dayOf(at));
  return away === 0 || away === 1 ? `${relativeDay(dayOf(at), today)}, ${clockTime(at)}` : whenShort(at);
}

/** "46,00 €" */
export function money(cents: number): string {
  return new Intl.NumberFormat(i18n.locale, { style: 'currency', currency: 'EUR' }).format(cents / 100);
}

/** "1.266", "0,8" */
export function count(n: number, digits = 0): string {
  return new Intl.NumberFormat(i18n.locale, { maximumFractionDigits: digits }).format(n);
}

/** "99,2 %" */
export function percent(share: number): string {
  return new Intl.NumberFormat(i18n.locale, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** "5–10 Min."; beyond three quarters of an hour no number is worth anything: "über 45 Min." */
export function waitRange(wait: WaitRange): string {
  return wait.long ? common.t.rangeLong : common.t.range(wait.low_min, wait.high_min);
}

/** "0:22" */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** "40 Sekunden", "3 Minuten", "2 Stunden": the age of what is shown. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return common.t.seconds(seconds);
  if (seconds < 3600) return common.t.minutesLong(Math.floor(seconds / 60));
  return common.t.hours(Math.floor(seconds / 3600));
}

/** "0171 39200 17" → what a tel: or sms: link needs. */
export function dialable(number: string): string {
  return number.replace(/[^\d+]/g, '');
}

/** The first letter as a capital, for a phrase that begins a line. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toLocaleUpperCase(i18n.locale) + text.slice(1);
}
