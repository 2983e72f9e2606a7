import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceBody } from '../../src/shared/api/types';
import { blank, Editing, sent, slugOf } from '../../src/desk/services/service.svelte';

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const place = (pool_id: string) => ({ pool_id, pool_name: pool_id, office_name: 'Rathaus' });
const offer = (pool_id: string, duration_min: number) => ({ pool_id, duration_min, per_person_min: 0, buffer_min: 0 });
const service = (more: Partial<ServiceBody> = {}): ServiceBody => ({ ...blank('amt'), slug: 'pass', name_de: 'Reisepass', ...more });

describe('the name of a service in addresses', () => {
  it.each([
    ['Führungszeugnis beantragen', 'fuehrungszeugnis-beantragen'],
    ['  Straße / Weg: Größe?  ', 'strasse-weg-groesse'],
    ['Ausweis für Kinder unter 16', 'ausweis-fuer-kinder-unter-16'],
    ['Café Señor', 'cafe-senor'],
    ['…', ''],
  ])('of %j is %j', (name, slug) => expect(slugOf(name)).toBe(slug));
});

describe('what is sent of a service', () => {
  it('leaves out what is empty and keeps what is typed', () => {
    const typed = sent(
      service({
        name_en: ' ',
        sms_keyword: ' perso ',
        keywords: ['Pass', ' ', 'Reise '],
        documents: [{ de: ' Lichtbild ', en: '' }, { de: '', en: ' ' }],
        note: { de: ' ', en: null },
        online: { possible: 'full', how: { de: '', en: null }, url: '' },
        bookable_from: '',
      }),
    );
    expect(typed).toMatchObject({ name_en: null, sms_keyword: 'PERSO', keywords: ['Pass', 'Reise'], note: null, bookable_from: null });
    expect(typed.documents).toEqual([{ de: 'Lichtbild', en: null }]);
    expect(typed.online).toEqual({ possible: 'full', how: null, url: null });
  });
});

describe('a service while it is edited', () => {
  let put: unknown;
  let answer: () => Response;
  const found = { id: 's1', service: service(), offers: [offer('b', 20)], places: [place('a'), place('b')], rev: 3 };

  beforeEach(() => {
    answer = () => json({ ...found, rev: 4 });
    vi.stubGlobal('fetch', async (request: Request) => {
      if (request.method !== 'PUT') return json(found);
      put = await request.json();
      return answer();
    });
  });

  it('knows whether something was changed, and sends the pools that offer it', async () => {
    const editing = new Editing('s1');
    await editing.load([]);
    expect(editing.offers.map((one) => [one.pool_id, one.offered, one.duration_min])).toEqual([['b', true, 20], ['a', false, 10]]);
    expect(editing.changed).toBe(false);
    Object.assign(editing.service ?? {}, { name_de: 'Reisepass beantragen' });
    expect(editing.changed).toBe(true);
    expect(await editing.save()).toBe(true);
    expect(put).toMatchObject({ rev: 3, offers: [offer('b', 20)], service: { name_de: 'Reisepass beantragen' } });
    expect(put).not.toHaveProperty('service.name_en');
    expect(editing.changed).toBe(false);
  });

  it('says beside each field what is wrong with it, also of an offer that is not the first place', async () => {
    const detail = { de: 'Erlaubt sind 1 bis 240.', en: '1 to 240 are allowed' };
    const fields = ['service.name_de', 'offers[0].duration_min'].map((field) => ({ field, code: 'out_of_range', detail }));
    answer = () => json({ code: 'invalid', status: 422, title: '', detail, type: '', fields }, 422);
    const editing = new Editing('s1');
    await editing.load([]);
    Object.assign(editing.service ?? {}, { name_de: '' });
    expect(await editing.save()).toBe(false);
    expect(editing.wrong('service.name_de')).toBe(detail.de);
    expect(editing.wrongOffer('b', 'duration_min')).toBe(detail.de);
    expect(editing.wrongOffer('a', 'duration_min')).toBeNull();
    expect([editing.wrongs, editing.service?.name_de, editing.changed]).toEqual([2, '', true]);
  });
});
