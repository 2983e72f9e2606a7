// What one counter more or less does, in words and as a table.
import type { StaffingEffect } from '$shared/api/types';
import { count, weekdaysShort } from '$shared/format';
import type { Cell, Table } from './csv';
import { minutes } from './figures';
import { statistics } from './texts/index';

/** "8:05" or "08:05" as minutes of the day. */
export function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** "10" for full hours, else "10:30". */
const clockOf = (minute: number) => (minute % 60 === 0 ? String(minute / 60) : `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`);

/** What it saves or costs on a whole day. */
export function effectWords(effect: StaffingEffect): string {
  const t = statistics.t.staffing;
  const saved = Math.round(effect.saved_s / 60);
  if (saved === 0) return t.costsNothing;
  return saved > 0 ? t.saves(count(saved)) : t.costs(count(-saved));
}

/** A line for each window. */
export function effectTable(title: string, effects: StaffingEffect[]): Table {
  const { staffing: t } = statistics.t;
  const c = t.columns;
  const days = weekdaysShort();
  const change = (before: number, after: number) => `${count(minutes(before) ?? 0)} → ${count(minutes(after) ?? 0)}`;
  return {
    title,
    columns: [c.when, c.counters, c.people, c.median, c.p90, c.effect],
    rows: effects.map((one): Cell[] => [
      t.when(days[one.weekday] ?? '', clockOf(one.from_min), clockOf(one.until_min)),
      one.counters,
      one.people_tenths / 10,
      change(one.median_before_s, one.median_after_s),
      change(one.p90_before_s, one.p90_after_s),
      effectWords(one),
    ]),
  };
}
