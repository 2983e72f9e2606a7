// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://localhost/desk" }
import { describe, expect, it, vi } from 'vitest';
import type { Counter, DayView } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { emergency, giveUp, raise } from '../../src/desk/emergency.svelte';
import { placesLike, placesOf } from '../../src/desk/transfer.svelte';
import { freeShare, hoursOf, mondayOf } from '../../src/desk/week';

const counter = (n: number, pool: string, more: Partial<Counter> = {}): Counter => ({
  id: `c-${n}`,
  name: `Platz ${n}`,
  number: String(n),
  office: { id: 'o', name: 'Rathaus' },
  pool_id: pool,
  department: { de: pool === 'p' ? 'Bürgerbüro' : 'Standesamt' },
  zone_letter: 'B',
  state: 'free',
  staff_name: null,
  ...more,
});

describe('where one can send somebody', () => {
  const far = counter(7, 'n', { office: { id: 'n', name: 'Nord' }, state: 'closed' });
  const places = placesOf([far, counter(11, 'p'), counter(2, 'p', { state: 'paused' }), counter(3, 's', { state: 'closed' })], 'o');

  it('is the counters that serve the same, one’s own office first, as people count', () => {
    expect(places.map((one) => [one.pool, one.open])).toEqual([['p', 1], ['s', 0], ['n', 0]]);
    expect(places[0]?.counters.map((one) => one.name)).toEqual(['Platz 2', 'Platz 11']);
  });
  it('is found by area, office and counter', () => {
    expect(placesLike(places, 'buerger').map((one) => one.pool)).toEqual([]);
    expect(placesLike(places, 'burger platz 11').map((one) => one.pool)).toEqual(['p']);
    expect(placesLike(places, 'nord').map((one) => one.pool)).toEqual(['n']);
    expect(placesLike(places, '')).toHaveLength(3);
  });
});

describe('the week', () => {
  const step = (from: string, to: string, planned: number, used: number): DayView['capacity'][number] => ({
    starts_at: `2026-09-14T${from}:00Z`,
    ends_at: `2026-09-14T${to}:00Z`,
    public: planned,
    staff: 0,
    used,
  });

  it('begins on Monday, also on Sunday', () => {
    expect([mondayOf('2026-09-14'), mondayOf('2026-09-20')]).toEqual(['2026-09-14', '2026-09-14']);
  });
  it('counts planned and taken counters by the hour of the office', () => {
    const hours = hoursOf({ capacity: [step('06:00', '06:30', 4, 1), step('06:30', '08:00', 4, 4)] });
    expect(hours).toEqual([
      { hour: 8, all: 240, used: 150 },
      { hour: 9, all: 240, used: 240 },
    ]);
    expect(freeShare(hours)).toBe(19);
  });
  it('has nothing free where nothing is planned', () => {
    expect(freeShare(hoursOf({ capacity: [] }))).toBeNull();
  });
});

describe('calling for help', () => {
  it('says that it did not get through, goes on trying, and stops when it is told to', async () => {
    let line = false;
    const tried = vi.fn(() => (line ? Promise.resolve(new Response('{}', { status: 500 })) : Promise.reject(new TypeError('no line'))));
    vi.stubGlobal('fetch', tried);
    const calling = raise('o');
    await vi.waitFor(() => expect(emergency.sending).toBe('lost'), 5_000);
    line = true;
    await vi.waitFor(() => expect(emergency.tries).toBeGreaterThan(1), 8_000);
    expect(emergency.sending).toBe('lost');
    giveUp();
    await calling;
    expect(emergency.sending).toBe('idle');
    vi.unstubAllGlobals();
  }, 20_000);
});

describe('a desk that stays open over midnight', () => {
  it('is on the next day as soon as the town is', () => {
    clock.set({ now: '2026-09-14T21:59:50Z', speed: 1, demo: false });
    expect(clock.today).toBe('2026-09-14');
    clock.set({ now: '2026-09-14T22:00:10Z', speed: 1, demo: false });
    expect(clock.today).toBe('2026-09-15');
  });
});
