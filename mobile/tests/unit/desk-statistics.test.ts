import { afterEach, describe, expect, it } from 'vitest';
import { csv } from '../../src/desk/statistics/csv';
import { changeOf, minutes, share, tiles } from '../../src/desk/statistics/figures';
import { presetOf, queryOf, spanOf, wantedOf } from '../../src/desk/statistics/period';
import { minuteOf } from '../../src/desk/statistics/staffing';
import type { KeyFigures } from '../../src/shared/api/types';
import { setLang } from '../../src/shared/i18n/index.svelte';

afterEach(() => setLang('de', false));

const none = { count: 0, median_s: null, p90_s: null };
const figures = (more: Partial<KeyFigures> = {}): KeyFigures => ({
  visits: 0, walk_ins: 0, served: 0, left: 0, walk_ins_left: 0, missed: 0, from_terminal: 0, wait_walk_in: none, wait_appointment: none, service_time: none,
  appointments_called: 0, came_early: 0, called_early: 0, online_possible: 0, due: 0, no_shows: 0, cancelled_by_citizen: 0, cancelled_by_office: 0,
  moved: 0, booked_web: 0, booked_desk: 0, booked_sms: 0, booked_min: 0, served_min: 0, planned_min: null, open_min: null, ...more,
});

describe('a table as a file', () => {
  it('is read by German Excel: byte order mark, semicolons, decimal comma', () => {
    expect(csv({ columns: ['Amt', 'Stunden'], rows: [['Rathaus', 1.5], ['Nord', null]] })).toBe('\u{feff}Amt;Stunden\r\nRathaus;1,5\r\nNord;\r\n');
  });

  it('keeps the point in English', async () => {
    await setLang('en', false);
    expect(csv({ columns: ['a'], rows: [[1.5]] })).toContain('1.5');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['=HYPERLINK("x";"y")', '"\'=HYPERLINK(""x"";""y"")"'],
    ['Pass; Ausweis', '"Pass; Ausweis"'],
    ['zwei\nZeilen', '"zwei\nZeilen"'],
  ])('never runs %j as a formula', (text, cell) => expect(csv({ columns: ['x'], rows: [[text]] }).split('\r\n').slice(1).join('\r\n')).toBe(`${cell}\r\n`));
});

describe('a period', () => {
  const today = '2026-09-16';
  it.each([
    ['week', '2026-09-14', '2026-09-20'],
    ['last_week', '2026-09-07', '2026-09-13'],
    ['month', '2026-09-01', '2026-09-30'],
    ['last_month', '2026-08-01', '2026-08-31'],
  ] as const)('%s is %s to %s', (preset, from, to) => {
    expect(spanOf(preset, today)).toEqual({ from, to });
    expect(presetOf({ from, to }, today)).toBe(preset);
  });

  it('over the turn of a year', () => {
    expect(spanOf('month', '2026-12-31')).toEqual({ from: '2026-12-01', to: '2026-12-31' });
    expect(spanOf('last_month', '2027-01-01')).toEqual({ from: '2026-12-01', to: '2026-12-31' });
  });

  it('stands in the address and comes back from it', () => {
    const wanted = { from: '2026-08-01', to: '2026-08-31', office: 'o', service: '' };
    expect(wantedOf(new URLSearchParams(queryOf(wanted)), today)).toEqual(wanted);
  });

  it('is the last week where the address says nothing, or nonsense', () => {
    for (const query of ['', 'from=gestern&to=heute', 'from=2026-08-01', 'from=2026-99-99&to=2026-99-99']) {
      expect(wantedOf(new URLSearchParams(query), today)).toMatchObject({ from: '2026-09-07', to: '2026-09-13' });
    }
  });
});

describe('key figures', () => {
  it('divide nothing by nothing', () => {
    expect(share(1, 0)).toBeNull();
    expect(share(1, null)).toBeNull();
    expect(minutes(null)).toBeNull();
    expect(tiles(figures(), figures()).every((tile) => tile.value === null || tile.value === 0)).toBe(true);
  });

  it('say whether a change is good', () => {
    const tile = (now: KeyFigures, before: KeyFigures, key: string) => tiles(now, before).find((one) => one.key === key);
    const wait = (seconds: number) => figures({ wait_walk_in: { count: 1, median_s: seconds, p90_s: seconds } });
    const shorter = tile(wait(300), wait(600), 'waitWalkIn');
    expect(shorter && changeOf(shorter)).toEqual({ by: -5, good: true });
    const missing = tile(figures({ due: 100, no_shows: 12 }), figures({ due: 50, no_shows: 4 }), 'noShows');
    expect(missing && changeOf(missing)).toEqual({ by: 4, good: false });
    const same = tile(wait(300), wait(300), 'waitWalkIn');
    expect(same && changeOf(same)).toEqual({ by: 0, good: null });
    const fresh = tile(wait(300), figures(), 'waitWalkIn');
    expect(fresh && changeOf(fresh)).toBeNull();
  });
});

describe('a time of day', () => {
  it.each([['10:00', 600], ['08:15', 495], ['00:00', 0]])('%s is minute %i', (time, minute) => expect(minuteOf(time)).toBe(minute));
});
