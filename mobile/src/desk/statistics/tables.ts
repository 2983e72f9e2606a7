// The tables of the page, as they stand there and in their files.
import type { KeyFigures, TimeFigures } from '$shared/api/types';
import type { Cell, Table } from './csv';
import { minutes } from './figures';
import { statistics } from './texts/index';

/** A line of figures: what it is about, and the days before where they are compared. */
export interface Named {
  name: string;
  figures: KeyFigures;
  before?: KeyFigures;
}

/** Figures of days, hours, offices or services. */
export function figureTable(title: string, what: string, lines: Named[]): Table {
  const c = statistics.t.columns;
  const compared = lines.some((line) => line.before);
  const columns = [what, c.visits, ...(compared ? [c.visitsBefore] : []), c.walkIns, c.waitMedian, c.waitP90, c.appointmentMedian, c.appointmentP90, c.service_time, c.due, c.noShows, c.left, c.missed];
  const rows = lines.map(({ name, figures: it, before }): Cell[] => [
    name,
    it.visits,
    ...(compared ? [before?.visits ?? null] : []),
    it.walk_ins,
    minutes(it.wait_walk_in.median_s),
    minutes(it.wait_walk_in.p90_s),
    minutes(it.wait_appointment.median_s),
    minutes(it.wait_appointment.p90_s),
    minutes(it.service_time.median_s),
    it.due,
    it.no_shows,
    it.left,
    it.missed,
  ]);
  return { title, columns, rows };
}

/** How people booked, cancelled, came and went; and went online instead, where that is counted. */
export function bookingTable(now: KeyFigures, before: KeyFigures, online?: [number | null | undefined, number | null | undefined]): Table {
  const { rows: r, columns: c, bookings } = statistics.t;
  const line = (name: string, of: (one: KeyFigures) => number): Cell[] => [name, of(now), of(before)];
  return {
    title: bookings,
    columns: [c.what, c.now, c.before],
    rows: [
      line(r.web, (one) => one.booked_web),
      line(r.desk, (one) => one.booked_desk),
      line(r.sms, (one) => one.booked_sms),
      line(r.terminal, (one) => one.from_terminal),
      line(r.due, (one) => one.due),
      line(r.noShows, (one) => one.no_shows),
      line(r.byCitizen, (one) => one.cancelled_by_citizen),
      line(r.byOffice, (one) => one.cancelled_by_office),
      line(r.moved, (one) => one.moved),
      line(r.came, (one) => one.came_early),
      line(r.called, (one) => one.called_early),
      line(r.left, (one) => one.left),
      line(r.missed, (one) => one.missed),
      line(r.online, (one) => one.online_possible),
      ...(online?.[0] == null ? [] : [[r.wentOnline, online[0], online[1] ?? null]]),
    ],
  };
}

/** Planned, booked, open and serving time by hour, in hours. */
export function capacityTable(hours: TimeFigures[]): Table {
  const { columns: c, capacity, hour } = statistics.t;
  const inHours = (minutes: number | null | undefined) => (minutes == null ? null : Math.round(minutes / 6) / 10);
  return {
    title: capacity,
    columns: [c.hour, c.planned, c.booked, c.open, c.served],
    rows: hours.map((one): Cell[] => [hour(one.at), inHours(one.figures.planned_min), inHours(one.figures.booked_min), inHours(one.figures.open_min), inHours(one.figures.served_min)]),
  };
}
