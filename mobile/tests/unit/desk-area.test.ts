import { describe, expect, it } from 'vitest';
import type { Counter, Item, ServiceSummary } from '$shared/api/types';
import { areaOf, byName, comesHere } from '../../src/desk/area';

const office = { id: 'o', name: 'Rathaus' };
const counter = (id: string, department: string, of = office): Counter => ({
  id,
  name: `Platz ${id}`,
  number: id,
  office: of,
  pool_id: `p-${department}`,
  department: { de: department },
  zone_letter: 'B',
  state: 'free',
});
const service = (slug: string, department_id: string) => ({ slug, department_id }) as ServiceSummary;
const item = (service: string): Item => ({ service, name: { de: service }, quantity: 1 });

const known = {
  counters: [counter('1', 'Bürgerbüro'), counter('2', 'Bürgerbüro'), counter('11', 'Standesamt'), counter('7', 'Bürgerbüro', { id: 'n', name: 'Nord' })],
  departments: [
    { id: 'b', slug: 'b', name: { de: 'Bürgerbüro' } },
    { id: 's', slug: 's', name: { de: 'Standesamt' } },
  ],
  services: [service('pass', 'b'), service('ehe', 's')],
};

describe('one’s own area', () => {
  it('is the department’s counters in this office, and its services', () => {
    const area = areaOf('1', known);
    expect([...(area?.counters ?? [])]).toEqual(['1', '2']);
    expect([...(area?.services ?? [])]).toEqual(['pass']);
  });

  it('does not exist without a counter, or in an office of one department', () => {
    expect(areaOf(undefined, known)).toBeNull();
    expect(areaOf('7', known)).toBeNull();
  });

  it('takes everybody who comes for one of its services', () => {
    const area = areaOf('1', known);
    expect(comesHere(area, [item('ehe'), item('pass')])).toBe(true);
    expect(comesHere(area, [item('ehe')])).toBe(false);
    expect(comesHere(null, [item('ehe')])).toBe(true);
  });

  it('hides nobody while the services are not known', () => {
    expect(comesHere(areaOf('1', { ...known, services: [] }), [item('ehe')])).toBe(true);
  });
});

it('orders counters as people count', () => {
  expect(['Platz 11', 'Platz 2'].map((name) => ({ name })).toSorted(byName)[0]?.name).toBe('Platz 2');
});
