import { describe, expect, it } from 'vitest';
import type { DayView } from '$shared/api/types';
import { axisOf, capacityPath, ceilingOf, lanes, load, openBookings, serviceLabel, share, ticketLabel } from '../../src/desk/timeline';

const minuteOf = (instant: string) => Number(instant.slice(11, 13)) * 60 + Number(instant.slice(14, 16));
const at = (time: string) => `2026-11-23T${time}:00Z`;

function day(parts: Partial<DayView> = {}): DayView {
  return { day: '2026-11-23', office: { id: 'o', name: 'Rathaus' }, bookings: [], counters: [], capacity: [], ...parts };
}

function booking(from: string, to: string, state: DayView['bookings'][number]['state'] = 'booked') {
  return { booking_id: from, starts_at: at(from), ends_at: at(to), name: 'Beispiel', state, items: [] };
}

describe('the axis', () => {
  it('covers whole hours around everything that happens', () => {
    const view = day({ bookings: [booking('09:40', '10:10')], capacity: [{ starts_at: at('08:15'), ends_at: at('08:30'), public: 2, staff: 2, used: 0 }] });
    expect(axisOf(view, minuteOf)).toEqual({ from: 480, to: 660, hours: [480, 540, 600] });
  });

  it('does not exist on a day without anything', () => {
    expect(axisOf(day(), minuteOf)).toBeNull();
  });

  it('is not stretched by hours in which nothing is offered', () => {
    const shut = { starts_at: at('05:00'), ends_at: at('05:05'), public: 0, staff: 0, used: 0 };
    expect(axisOf(day({ bookings: [booking('09:00', '09:10')], capacity: [shut] }), minuteOf)?.from).toBe(540);
  });

  it('cuts off what lies outside', () => {
    const axis = { from: 480, to: 600, hours: [480, 540] };
    expect([share(axis, 400), share(axis, 540), share(axis, 700)]).toEqual([0, 50, 100]);
  });
});

describe('lanes', () => {
  const span = ([from, to]: readonly [number, number]) => ({ from, to });

  it('need as many rows as overlap at once, not more', () => {
    const rows = lanes([[0, 10], [5, 15], [10, 20], [15, 25]] as [number, number][], span);
    expect(rows).toEqual([[[0, 10], [10, 20]], [[5, 15], [15, 25]]]);
  });

  it('lose nobody and never overlap', () => {
    const items = Array.from({ length: 60 }, (_, i) => [(i * 37) % 200, ((i * 37) % 200) + 5 + (i % 7)] as [number, number]);
    const rows = lanes(items, span);
    expect(rows.flat()).toHaveLength(items.length);
    for (const row of rows) {
      row.slice(1).forEach((item, i) => expect(item[0]).toBeGreaterThanOrEqual(row[i]?.[1] ?? 0));
    }
  });
});

describe('open bookings', () => {
  it('are those promised and not over', () => {
    const view = day({ bookings: [booking('09:00', '09:10'), booking('09:55', '10:20'), booking('11:00', '11:10', 'arrived'), booking('12:00', '12:10')] });
    expect(openBookings(view, at('10:00')).map((one) => one.booking_id)).toEqual(['09:55', '12:00']);
  });
});

describe('the load curve', () => {
  const cells = [
    { starts_at: at('08:00'), ends_at: at('09:00'), public: 3, staff: 4, used: 2 },
    { starts_at: at('09:00'), ends_at: at('09:30'), public: 3, staff: 1, used: 3 },
    { starts_at: at('10:00'), ends_at: at('10:30'), public: 2, staff: 2, used: 0 },
  ];
  const axis = { from: 480, to: 660, hours: [480, 540, 600] };

  it('steps where opening changes and breaks where the office is shut', () => {
    const steps = load(day({ capacity: cells }), minuteOf);
    expect(ceilingOf(steps)).toBe(4);
    expect(capacityPath(steps, axis, 4)).toBe('M0 0H60V1H90M120 2H150');
  });

  it('has a height even when nothing is offered', () => {
    expect(ceilingOf([])).toBe(1);
  });
});

describe('labels of blocks', () => {
  it('show the digits of a ticket where the letter does not fit, in a sliver nothing', () => {
    expect([ticketLabel('B 012', 6), ticketLabel('B 012', 3), ticketLabel('B 012', 2)]).toEqual(['B 012', '012', '']);
  });
  it('shorten a service to what can be read', () => {
    const label = (room: number) => serviceLabel('Reisepass beantragen', room);
    expect([label(30), label(10), label(5), label(3)]).toEqual(['Reisepass beantragen', 'Reisepass', 'Reis.', '']);
  });
});
