// What the page makes of key figures: shares, changes, and the rows of its tables. Pure.
import type { KeyFigures } from '$shared/api/types';

/** A share, or null where there is nothing to divide. */
export function share(part: number, whole: number | null | undefined): number | null {
  return whole ? part / whole : null;
}

/** Whole minutes of seconds, at least one where anything was measured. */
export function minutes(seconds: number | null | undefined): number | null {
  return seconds == null ? null : Math.round(seconds / 60);
}

/** A key figure with the one before. */
export interface Tile {
  key: string;
  value: number | null;
  before: number | null;
  unit: 'count' | 'minutes' | 'share';
  /** Which direction is good: waits fall, use rises; null where neither is. */
  better: 'less' | 'more' | null;
}

/** The tiles on top of the page. */
export function tiles(now: KeyFigures, before: KeyFigures): Tile[] {
  const tile = (key: string, unit: Tile['unit'], better: Tile['better'], of: (one: KeyFigures) => number | null): Tile => ({ key, unit, better, value: of(now), before: of(before) });
  return [
    tile('visits', 'count', null, (one) => one.visits),
    tile('waitWalkIn', 'minutes', 'less', (one) => minutes(one.wait_walk_in.median_s)),
    tile('waitWalkInLong', 'minutes', 'less', (one) => minutes(one.wait_walk_in.p90_s)),
    tile('waitAppointment', 'minutes', 'less', (one) => minutes(one.wait_appointment.median_s)),
    tile('waitAppointmentLong', 'minutes', 'less', (one) => minutes(one.wait_appointment.p90_s)),
    tile('service', 'minutes', null, (one) => minutes(one.service_time.median_s)),
    tile('noShows', 'share', 'less', (one) => share(one.no_shows, one.due)),
    tile('calledEarly', 'share', 'more', (one) => share(one.called_early, one.appointments_called)),
    tile('used', 'share', 'more', (one) => share(one.booked_min, one.planned_min)),
    tile('left', 'share', 'less', (one) => share(one.walk_ins_left, one.walk_ins)),
  ];
}

/** How a tile changed: the difference in its unit (shares in points), and whether that is good. */
export function changeOf(tile: Tile): { by: number; good: boolean | null } | null {
  if (tile.value === null || tile.before === null) return null;
  const by = tile.unit === 'share' ? Math.round((tile.value - tile.before) * 100) : tile.value - tile.before;
  const good = by === 0 || tile.better === null ? null : tile.better === 'less' ? by < 0 : by > 0;
  return { by, good };
}

/** Whether there is anything to show. */
export function isEmpty(one: KeyFigures): boolean {
  return one.visits + one.due + one.cancelled_by_citizen + one.cancelled_by_office + one.booked_web + one.booked_desk + one.booked_sms === 0;
}
