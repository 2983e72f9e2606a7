// The day as a picture: minutes on an axis, bookings in lanes, the load as a curve. Pure; the view only draws.
import type { DayBooking, DayView, Instant } from '$shared/api/types';

/** Minutes since local midnight of an instant. */
export type MinuteOf = (instant: Instant) => number;

/** The shown part of the day, in whole hours. */
export interface Axis {
  from: number;
  to: number;
  hours: number[];
}

const HOUR = 60;

/** From the first full hour in which something happens to the last; null on a day without anything. */
export function axisOf(day: DayView, minuteOf: MinuteOf): Axis | null {
  const starts: number[] = [];
  const ends: number[] = [];
  const cover = (from: Instant, to: Instant) => {
    starts.push(minuteOf(from));
    ends.push(minuteOf(to));
  };
  day.capacity.filter((cell) => cell.public + cell.staff + cell.used > 0).forEach((cell) => cover(cell.starts_at, cell.ends_at));
  day.bookings.forEach((booking) => cover(booking.starts_at, booking.ends_at));
  day.counters.flatMap((counter) => counter.sessions).forEach((s) => cover(s.starts_at, s.ends_at ?? s.starts_at));
  if (starts.length === 0) return null;
  const from = Math.floor(Math.min(...starts) / HOUR) * HOUR;
  const to = Math.max(Math.ceil(Math.max(...ends) / HOUR) * HOUR, from + HOUR);
  return { from, to, hours: Array.from({ length: (to - from) / HOUR }, (_, i) => from + i * HOUR) };
}

/** Where a minute lies on the axis, 0 to 100, cut off at its ends. */
export function share(axis: Axis, minute: number): number {
  const part = ((minute - axis.from) / (axis.to - axis.from)) * 100;
  return Math.min(100, Math.max(0, part));
}

/** Puts overlapping intervals below each other: as few lanes as at any moment are in use at once. */
export function lanes<T>(items: readonly T[], span: (item: T) => { from: number; to: number }): T[][] {
  const sorted = [...items].sort((a, b) => span(a).from - span(b).from || span(a).to - span(b).to);
  const rows: { free: number; items: T[] }[] = [];
  for (const item of sorted) {
    const { from, to } = span(item);
    const row = rows.find((candidate) => candidate.free <= from);
    if (row) {
      row.items.push(item);
      row.free = to;
    } else {
      rows.push({ free: to, items: [item] });
    }
  }
  return rows.map((row) => row.items);
}

/** Bookings that still need a counter: promised, nobody here yet, not over. */
export function openBookings(day: DayView, now: Instant | null): DayBooking[] {
  const moment = now == null ? -Infinity : Date.parse(now);
  return day.bookings.filter((booking) => booking.state === 'booked' && Date.parse(booking.ends_at) > moment);
}

export interface LoadCell {
  from: number;
  to: number;
  used: number;
  capacity: number;
}

/** How many places there are and how many are taken, step by step; staff capacity comes on top for the town's own use. */
export function load(day: DayView, minuteOf: MinuteOf): LoadCell[] {
  return day.capacity.map((cell) => ({
    from: minuteOf(cell.starts_at),
    to: minuteOf(cell.ends_at),
    used: cell.used,
    capacity: Math.max(cell.public, cell.staff),
  }));
}

/** The highest of what the curve must show, at least one. */
export function ceilingOf(cells: readonly LoadCell[]): number {
  return Math.max(1, ...cells.map((cell) => Math.max(cell.used, cell.capacity)));
}

/** The capacity as an SVG path in minutes × places, from the left end of the axis, y growing downwards. */
export function capacityPath(cells: readonly LoadCell[], axis: Axis, ceiling: number): string {
  let path = '';
  let end: number | null = null;
  for (const cell of cells) {
    const y = ceiling - cell.capacity;
    path += end === cell.from ? `V${y}` : `M${cell.from - axis.from} ${y}`;
    path += `H${cell.to - axis.from}`;
    end = cell.to;
  }
  return path;
}

/** What fits of a ticket number into a block of so many characters: "B 012", "012", or nothing. */
export function ticketLabel(ticket: string, room: number): string {
  const digits = ticket.split(' ')[1] ?? ticket;
  return room >= ticket.length ? ticket : room >= digits.length ? digits : '';
}

/** The first word of a service, cut with a full stop where it does not fit; nothing below three letters. */
export function serviceLabel(name: string, room: number): string {
  const word = name.split(/[ ,(]/)[0] ?? name;
  if (room >= name.length) return name;
  if (room >= word.length) return word;
  return room >= 4 ? `${word.slice(0, room - 1)}.` : '';
}
