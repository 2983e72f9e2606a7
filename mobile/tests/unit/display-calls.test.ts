import { describe, expect, it } from 'vitest';
import type { DisplayCall } from '../../src/shared/api/types';
import { CallWatch, FRESH_MS, STEPS, STEP_MS, spoken, stepAt } from '../../src/display/calls';

const call = (digits: string, fresh: boolean, called_at = '2026-11-23T09:17:00Z'): DisplayCall => ({
  number: `B ${digits}`,
  letter: 'B',
  digits,
  counter: '3',
  counter_name: 'Platz 3',
  zone_letter: 'B',
  called_at,
  fresh,
});

describe('new calls', () => {
  it('sound the gong once', () => {
    const watch = new CallWatch();
    watch.take([], 0);
    expect(watch.take([call('012', true)], 1_000)).toHaveLength(1);
    expect(watch.take([call('012', true)], 2_000)).toEqual([]);
  });

  it('do not sound at the start of the display, but stand inverted', () => {
    const watch = new CallWatch();
    expect(watch.take([call('012', true), call('011', false)], 0)).toEqual([]);
    expect(watch.fresh(call('012', true), 1_000)).toBe(true);
    expect(watch.fresh(call('011', false), 1_000)).toBe(false);
  });

  it('stay inverted for one minute', () => {
    const watch = new CallWatch();
    watch.take([], 0);
    watch.take([call('012', true)], 10_000);
    expect(watch.fresh(call('012', true), 10_000 + FRESH_MS - 1)).toBe(true);
    expect(watch.fresh(call('012', true), 10_000 + FRESH_MS)).toBe(false);
  });

  it('sound again when the same number is called again', () => {
    const watch = new CallWatch();
    watch.take([call('012', true)], 0);
    expect(watch.take([call('012', true, '2026-11-23T09:19:00Z')], 120_000)).toHaveLength(1);
  });

  it('that came during a cut are announced afterwards', () => {
    const watch = new CallWatch();
    watch.take([call('011', false)], 0);
    const news = watch.take([call('013', true), call('012', false), call('011', false)], 60_000);
    expect(news.map((one) => one.digits)).toEqual(['013']);
  });
});

describe('burn-in', () => {
  it('moves the picture every two minutes through all places', () => {
    const steps = Array.from({ length: STEPS }, (_, place) => stepAt(place * STEP_MS));
    expect(new Set(steps).size).toBe(STEPS);
    expect(stepAt(STEPS * STEP_MS)).toBe(0);
  });
});

describe('what is spoken', () => {
  it('is number and counter, in both languages', () => {
    const words = ['number', 'B', '12', 'to', 'place', '3'];
    expect(spoken({ ...call('012', true), counter_name: 'Platz 3' })).toEqual([
      { lang: 'de', words },
      { lang: 'en', words },
    ]);
  });

  it('is the gong alone where a counter has a name nobody recorded', () => {
    expect(spoken({ ...call('012', true), counter_name: 'Trauzimmer' })).toEqual([]);
  });
});
