// A week of an office, hour by hour: how many counters are planned and how many of them are taken. Pure.
import type { Day, DayView } from '$shared/api/types';
import { addDays, minuteOfDay, weekdayIndex } from '$shared/format';

export interface Hour {
  /** 8 for 08:00 to 09:00. */
  hour: number;
  /** Counter minutes planned, and taken. */
  all: number;
  used: number;
}

/** The Monday of a day's week. */
export function mondayOf(day: Day): Day {
  return addDays(day, -weekdayIndex(day));
}

/** The hours of a day in which counters are planned or taken. */
export function hoursOf({ capacity }: Pick<DayView, 'capacity'>): Hour[] {
  const hours: Record<number, Hour> = {};
  for (const step of capacity) {
    const from = minuteOfDay(step.starts_at);
    const until = minuteOfDay(step.ends_at) || 24 * 60;
    for (let at = from; at < until; ) {
      const hour = Math.floor(at / 60);
      const end = Math.min(until, (hour + 1) * 60);
      const cell = (hours[hour] ??= { hour, all: 0, used: 0 });
      cell.all += (end - at) * (step.public + step.staff);
      cell.used += (end - at) * step.used;
      at = end;
    }
  }
  return Object.values(hours).toSorted((a, b) => a.hour - b.hour);
}

/** The share of a day that is still free, in whole percent; null where nothing is planned. */
export function freeShare(hours: readonly Hour[]): number | null {
  const all = hours.reduce((sum, one) => sum + one.all, 0);
  const used = hours.reduce((sum, one) => sum + Math.min(one.used, one.all), 0);
  return all === 0 ? null : Math.round((100 * (all - used)) / all);
}
