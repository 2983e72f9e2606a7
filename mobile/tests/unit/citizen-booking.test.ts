import { describe, expect, it } from 'vitest';
import type { Service, SlotDay } from '../../src/shared/api/types';
import {
  MOST_SERVICES,
  asked,
  dayToShow,
  documentParts,
  itemsQuery,
  lacksDigits,
  minutesOf,
  officesOf,
  remarkOf,
  withWish,
  type Wish,
} from '../../src/citizen/booking';

const wish = (slug: string, more: Partial<Service> = {}, quantity = 1): Wish => ({
  service: {
    slug,
    duration_min: 15,
    offices: [{ id: 'r', name: 'Rathaus' }],
    fields: { name: 'required', phone: 'required', email: 'not_asked', address: 'not_asked', remark: 'not_asked' },
    ...more,
  } as Service,
  quantity,
});
const fields = (address: string) => ({ fields: { ...wish('x').service.fields, address } });

describe('several services in one visit', () => {
  it('are asked for with their number of people', () => {
    expect(itemsQuery([wish('pass', {}, 2), wish('ausweis')])).toBe('pass:2,ausweis:1');
  });

  it('take the time of all of them for everybody', () => {
    expect(minutesOf([wish('pass', {}, 2), wish('ausweis', { duration_min: 10 })])).toBe(40);
  });

  it('ask for what the strictest of them needs', () => {
    expect(asked([wish('a', fields('optional')), wish('b', fields('required'))], 'address')).toBe('required');
    expect(asked([wish('a', fields('not_asked')), wish('b', fields('optional'))], 'address')).toBe('optional');
    expect(asked([wish('a')], 'address')).toBe('not_asked');
  });

  it('are possible only where all of them are', () => {
    const both = { offices: [{ id: 'r', name: 'Rathaus' }, { id: 'n', name: 'Nord' }] };
    expect(officesOf([wish('a', both), wish('b')]).map(({ id }) => id)).toEqual(['r']);
    expect(officesOf([])).toEqual([]);
  });

  it('hold each service once, the number of people being the last one said', () => {
    const wishes = withWish(withWish([], wish('a')), wish('a', {}, 3));
    expect(itemsQuery(wishes)).toBe('a:3');
  });

  it('end where the town ends', () => {
    const many = Array.from({ length: MOST_SERVICES + 2 }, (_, n) => wish(`s${n}`));
    expect(many.reduce<Wish[]>((wishes, one) => withWish(wishes, one), [])).toHaveLength(MOST_SERVICES);
  });
});

describe('the day shown first', () => {
  const slot = { pool_id: 'p', office_id: 'o', office_name: 'Rathaus', starts_at: '', ends_at: '', day: '', time: '10:00' };
  const day = (name: string, free: number): SlotDay => ({ day: name, open: true, slots: Array.from({ length: free }, () => slot) });
  const days = [day('2026-11-23', 0), day('2026-11-24', 2), day('2026-11-25', 4)];

  it('is the first with a free time', () => expect(dayToShow(days, null)).toBe('2026-11-24'));
  it('stays the one chosen before while it has a free time', () => expect(dayToShow(days, '2026-11-25')).toBe('2026-11-25'));
  it('moves on from a day that filled up', () => expect(dayToShow(days, '2026-11-23')).toBe('2026-11-24'));
  it('is none when nothing is free', () => expect(dayToShow([day('2026-11-23', 0)], '2026-11-23')).toBeNull());
});

describe('a document', () => {
  it('shows its explanation below its name', () => {
    expect(documentParts('Lichtbild: nur digital')).toEqual({ title: 'Lichtbild', more: 'nur digital' });
  });

  it('comes before the condition under which it is needed', () => {
    expect(documentParts('bei Vertretung: schriftliche Vollmacht')).toEqual({ title: 'schriftliche Vollmacht', more: 'bei Vertretung' });
  });

  it('without an explanation stands alone', () => {
    expect(documentParts('Personalausweis')).toEqual({ title: 'Personalausweis', more: '' });
  });
});

describe('the remark for the staff', () => {
  it('joins what was ticked and what was written', () => {
    expect(remarkOf(['stufenloser Platz'], ' Ich höre schlecht ')).toBe('stufenloser Platz. Ich höre schlecht');
  });
  it('is empty when there is nothing to say', () => expect(remarkOf([], '  ')).toBe(''));
});

describe('a mobile number', () => {
  it.each(['0171 3920', '171392', '0171'])('%s lacks digits', (typed) => expect(lacksDigits(typed)).toBe(true));
  it.each(['0171 3920012', '+49 171 3920012', '+33 6 1234'])('%s is left to the town', (typed) =>
    expect(lacksDigits(typed)).toBe(false),
  );
});
