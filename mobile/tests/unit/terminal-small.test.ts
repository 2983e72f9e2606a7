import { describe, expect, it } from 'vitest';
import type { ServiceSummary, Slot, Zone } from '../../src/shared/api/types';
import { axisOf } from '../../src/terminal/axis';
import { find } from '../../src/shared/find';
import { floorLevel } from '../../src/shared/floor';
import { planOf } from '../../src/terminal/floors';
import { greetingAt } from '../../src/terminal/greeting';
import { Idle, QUIET_SECONDS, WARN_SECONDS } from '../../src/terminal/idle.svelte';
import { looksMobile, spaced } from '../../src/terminal/mobile-number';
import { refusalFrom } from '../../src/terminal/refusal';

describe('greeting', () => {
  it.each([
    [6, 'morning'],
    [10, 'morning'],
    [11, 'day'],
    [17, 'day'],
    [18, 'evening'],
  ])('at %i o’clock is %s', (hour, greeting) => expect(greetingAt(hour)).toBe(greeting));
});

describe('mobile numbers', () => {
  it('begin with 015, 016 or 017 and are long enough', () => {
    expect(looksMobile('01713920012')).toBe(true);
    expect(looksMobile(`0151${'0'.repeat(8)}`)).toBe(true);
    expect(looksMobile('0171392')).toBe(false);
    expect(looksMobile('03012345678')).toBe(false);
  });
  it('are shown in two groups', () => expect(spaced('01713920012')).toBe('0171 3920012'));
});

describe('floors', () => {
  it.each([
    ['Erdgeschoss', 0],
    ['EG', 0],
    ['1. OG', 1],
    ['2. Obergeschoss', 2],
    ['UG', -1],
    ['2. UG', -2],
    ['Turmzimmer', null],
  ])('%s is level %s', (floor, level) => expect(floorLevel(floor)).toBe(level));

  const zone = (letter: string, floor: string): Zone => ({ id: letter, letter, name: letter, floor, way: { de: '' } });

  it('draws the wanted zone on its floor, and the ground floor even without zones', () => {
    const plan = planOf([zone('A', '1. OG'), zone('B', '1. OG')], 'B');
    expect(plan?.floors.map((floor) => floor.level)).toEqual([1, 0]);
    expect(plan?.floors[plan.there]?.zones.find((one) => one.wanted)?.zone.letter).toBe('B');
    expect(plan?.floors[plan.here]?.level).toBe(0);
  });

  it('draws nothing rather than something wrong', () => {
    expect(planOf([zone('A', 'Turmzimmer')], 'A')).toBeNull();
    expect(planOf([zone('A', 'EG')], 'Z')).toBeNull();
  });
});

describe('finding services', () => {
  const service = (slug: string, de: string, keywords: string[] = [], popular = false): ServiceSummary => ({
    id: slug,
    slug,
    department_id: 'd',
    name: { de, en: null },
    keywords,
    duration_min: 10,
    free_of_charge: false,
    online: false,
    online_address: false,
    popular,
  });
  const all = [
    service('untersuchung', 'Untersuchungsberechtigungsschein', ['Persönlich']),
    service('ausweis', 'Personalausweis beantragen', ['Perso'], true),
    service('umzug', 'Wohnsitz ummelden', ['Umzug', 'umziehen']),
    service('fuehrung', 'Führungszeugnis beantragen', []),
  ];
  const slugs = (typed: string) => find(all, typed).map((one) => one.slug);

  it('puts the name before the keyword', () => expect(slugs('perso')[0]).toBe('ausweis'));
  it('finds by everyday words', () => expect(slugs('umzieh')).toEqual(['umzug']));
  it('takes ü and ue for the same', () => expect(slugs('fuehrungs')).toEqual(slugs('führungs')));
  it('wants every word', () => expect(slugs('beantragen führ')).toEqual(['fuehrung']));
  it('finds nothing for nothing', () => expect(slugs('  ')).toEqual([]));
});

describe('time line', () => {
  const now = Date.parse('2026-11-23T09:12:00Z');
  const slot = (time: string): Slot => ({
    pool_id: 'p',
    office_id: 'o',
    office_name: '',
    starts_at: `2026-11-23T${time}:00+01:00`,
    ends_at: '',
    day: '2026-11-23',
    time,
  });

  it('keeps everything in order and inside the drawing', () => {
    const axis = axisOf(now, { low_min: 20, high_min: 30, long: false }, ['11:40', '13:20', '14:40'].map(slot));
    const xs = axis.slots.map(({ x }) => x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(xs.at(-1)).toBeLessThanOrEqual(952);
    expect(axis.wait?.x).toBeGreaterThan(0);
    expect(axis.wait?.x).toBeLessThan(xs[0] ?? 0);
  });

  it('leaves out labels that would touch', () => {
    const axis = axisOf(now, null, ['11:40', '11:45', '16:00'].map(slot));
    expect(axis.slots.map(({ labelled }) => labelled)).toEqual([true, false, true]);
  });

  it('stands without a wait and without slots', () => {
    expect(axisOf(now, null, [])).toMatchObject({ wait: null, slots: [] });
  });
});

describe('refusals', () => {
  it('keep what the server says about them', () => {
    expect(refusalFrom({ code: 'check_in_code_unknown', data: { tries_left: 3 } })).toEqual({ kind: 'unknown', triesLeft: 3 });
    expect(refusalFrom({ code: 'too_many_tries', data: { retry_at: '2026-11-23T09:13:00Z' } })).toEqual({
      kind: 'too_many',
      retryAt: '2026-11-23T09:13:00Z',
    });
  });
  it('that nobody knows by name ask to try again', () => {
    expect(refusalFrom({ code: 'internal', data: {} })).toEqual({ kind: 'busy' });
    expect(refusalFrom({ code: 'check_in_other_day', data: {} })).toEqual({ kind: 'busy' });
    expect(refusalFrom({ code: 'check_in_not_confirmed', data: {} })).toEqual({ kind: 'not_confirmed' });
  });
});

describe('idle', () => {
  const pass = (idle: Idle, seconds: number) => Array.from({ length: seconds }, () => idle.second());

  it('warns for at least twenty seconds before it begins anew', () => {
    let over = 0;
    const idle = new Idle(
      () => (over += 1),
      () => 'warn',
    );
    pass(idle, QUIET_SECONDS);
    expect(WARN_SECONDS).toBeGreaterThanOrEqual(20);
    expect(idle.warning).toBe(WARN_SECONDS);
    pass(idle, WARN_SECONDS - 1);
    expect(over).toBe(0);
    pass(idle, 1);
    expect(over).toBe(1);
    expect(idle.warning).toBeNull();
  });

  it('gives the whole time again when somebody wants more', () => {
    let over = 0;
    const idle = new Idle(
      () => (over += 1),
      () => 'warn',
    );
    pass(idle, QUIET_SECONDS + 5);
    idle.stay();
    pass(idle, QUIET_SECONDS - 1);
    expect(idle.warning).toBeNull();
    expect(over).toBe(0);
  });

  it('says nothing where nothing can be lost', () => {
    let over = 0;
    const idle = new Idle(
      () => (over += 1),
      () => 'quietly',
    );
    pass(idle, QUIET_SECONDS);
    expect(idle.warning).toBeNull();
    expect(over).toBe(1);
  });
});
