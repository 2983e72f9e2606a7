import { describe, expect, it } from 'vitest';
import { whole } from '../../src/shared/slots';

const places = [
  { pool_id: 'p-1', office_id: 'o-1', office_name: 'Rathaus', duration_min: 15 },
  { pool_id: 'p-2', office_id: 'o-2', office_name: 'Nord', duration_min: 20 },
];
const day = { day: '2026-11-23', begins_at: '2026-11-22T23:00:00Z', open: true };
const answer = { duration_min: 20, places, horizon_day: '2027-01-20' };

describe('free slots', () => {
  it('get their place, their instants and their day back', () => {
    const { days } = whole({ ...answer, days: [{ ...day, free: [{ place: 1, minutes: [545] }] }] });
    expect(days[0]?.slots).toEqual([
      {
        pool_id: 'p-2',
        office_id: 'o-2',
        office_name: 'Nord',
        starts_at: '2026-11-23T08:05:00Z',
        ends_at: '2026-11-23T08:25:00Z',
        day: '2026-11-23',
        time: '09:05',
      },
    ]);
  });

  it('of several places stand in the order of time', () => {
    const free = [
      { place: 0, minutes: [480, 510] },
      { place: 1, minutes: [495] },
    ];
    const { days, earliest } = whole({ ...answer, days: [{ ...day, free }] });
    expect(days[0]?.slots.map((slot) => slot.time)).toEqual(['08:00', '08:15', '08:30']);
    expect(earliest?.office_name).toBe('Rathaus');
  });

  it('on the day the clocks go back are told by the clock on the wall', () => {
    const back = { day: '2026-10-25', begins_at: '2026-10-24T22:00:00Z', open: true };
    const { days } = whole({ ...answer, days: [{ ...back, free: [{ place: 0, minutes: [9 * 60] }] }] });
    expect(days[0]?.slots[0]?.time).toBe('08:00');
  });

  it('at a place nobody told of are left out', () => {
    const { days } = whole({ ...answer, days: [{ ...day, free: [{ place: 7, minutes: [545] }] }] });
    expect(days[0]?.slots).toEqual([]);
  });
});
