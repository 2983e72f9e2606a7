import { describe, expect, it } from 'vitest';
import type { Expected, QueueView, Visit } from '$shared/api/types';
import { fold, search } from '../../src/desk/search';

function visit(number: string, name: string, service: string): Visit {
  return { number, name, items: [{ service: 's', name: { de: service }, quantity: 1 }] } as unknown as Visit;
}
function expected(name: string, service: string): Expected {
  return { booking_id: name, name, items: [{ service: 's', name: { de: service }, quantity: 1 }] } as unknown as Expected;
}
const queue = {
  current: visit('B 010', 'Mustermann, Erika', 'Reisepass'),
  here: [visit('B 014', 'Beispiel, Ayşe', 'Personalausweis'), visit('A 003', 'Exempel, Jan', 'Führungszeugnis')],
  late: [expected('Örnek, Deniz', 'Personalausweis abholen')],
  expected: [expected('Normal, Otto', 'Reisepass')],
  parked: [],
  missed: [visit('B 002', 'Probe, Leyla', 'Wohnsitz ummelden')],
} as unknown as QueueView;

const found = (query: string) => search(queue, query).map((hit) => ('visit' in hit ? hit.visit.number : hit.booking.name));

describe('the search of the desk', () => {
  it('finds a number however it is typed', () => {
    expect([found('b 014'), found('B014'), found('014')]).toEqual([['B 014'], ['B 014'], ['B 014']]);
  });
  it('finds a name without its accents', () => {
    expect([found('ayse'), found('ornek')]).toEqual([['B 014'], ['Örnek, Deniz']]);
  });
  it('finds services and needs every word', () => {
    expect(found('reisepass')).toEqual(['B 010', 'Normal, Otto']);
    expect(found('reisepass otto')).toEqual(['Normal, Otto']);
    expect(found('otto mustermann')).toEqual([]);
  });
  it('says where somebody is', () => {
    expect(search(queue, 'probe')[0]?.where).toBe('missed');
  });
  it('finds nobody before anything is typed', () => {
    expect(found('  ')).toEqual([]);
  });
  it('folds dotless i and sharp s', () => {
    expect([fold('Işık'), fold('Straße')]).toEqual(['isik', 'strasse']);
  });
});
