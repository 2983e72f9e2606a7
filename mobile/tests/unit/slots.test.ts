import { describe, expect, it } from 'vitest';
import { whole } from '../../src/shared/slots';

const places = [
  { pool_id: 'p-1', office_id: 'o-1', office_name: 'Rathaus', duration_min: 15 },
  { pool_id: 'p-2', office_id: 'o-2', office_name: 'Nord', duration_min: 20 },
];

describe('free slots', () => {
  it('get their place, their end and their day back', () => {
    const start = { place: 1, starts_at: '2026-11-23T08:05:00Z', time: '09:05' };
    const { days } = whole({ duration_min: 20, places, days: [{ day: '2026-11-23', open: true, slots: [start] }], horizon_day: '2027-01-20' });
    expect(days[0]?.slots).toEqual([
      {
        pool_id: 'p-2',
        office_id: 'o-2',
        office_name: 'Nord',
        starts_at: '2026-11-23T08:05:00Z',
        ends_at: '2026-11-23T08:25:00.000Z',
        day: '2026-11-23',
        time: '09:05',
      },
    ]);
  });

  it('at a place nobody told of are left out', () => {
    const start = { place: 7, starts_at: '2026-11-23T08:05:00Z', time: '09:05' };
    const { days } = whole({ duration_min: 20, places, days: [{ day: '2026-11-23', open: true, slots: [start] }], horizon_day: '2027-01-20' });
    expect(days[0]?.slots).toEqual([]);
  });
});
