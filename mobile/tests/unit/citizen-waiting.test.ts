import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '../../src/shared/i18n/index.svelte';
import type { SlotOffer, WaitingEntry } from '../../src/shared/api/types';
import { checkPerson, personOf, type Wish } from '../../src/citizen/booking';
import type { Memory } from '../../src/citizen/checklist';
import { earlierTokenOf, offerTokenOf, tokenOf } from '../../src/citizen/links';
import Offer from '../../src/citizen/pages/Offer.svelte';
import { entries, forgetEntry, isOpen, keepEntry, type StoredEntry } from '../../src/citizen/waiting/entries';
import { checkWish, hoursOf, lastDayFor, newWish, wishOf } from '../../src/citizen/waiting/wish';

const TODAY = '2026-11-23';
const SENTENCES = { checkDay: 'day', checkPast: 'past', checkOrder: 'order', checkFar: 'far', checkTime: 'time', checkTimes: 'times' };
const wish = (more: object = {}) => ({ ...newWish(TODAY, '2026-12-04'), ...more });

describe('a wish for the waiting list', () => {
  it('begins tomorrow and ends with the last day that helps', () => {
    expect(newWish(TODAY, '2026-12-04')).toMatchObject({ from_day: '2026-11-24', to_day: '2026-12-04', part: 'any' });
    expect(newWish(TODAY, TODAY)).toMatchObject({ from_day: TODAY, to_day: TODAY });
  });

  it('ends with the first free day where that is far, else some weeks ahead', () => {
    expect(lastDayFor(TODAY, '2026-12-04')).toBe('2026-12-04');
    expect(lastDayFor(TODAY, '2026-11-24')).toBe('2026-12-21');
    expect(lastDayFor(TODAY, null)).toBe('2027-01-22');
  });

  it('is right as it begins', () => expect(checkWish(wish(), TODAY, SENTENCES)).toEqual({}));

  it.each([
    [{ from_day: '' }, { from_day: 'day' }],
    [{ to_day: '' }, { to_day: 'day' }],
    [{ from_day: '2026-11-01', to_day: '2026-11-22' }, { to_day: 'past' }],
    [{ from_day: '2026-12-05' }, { to_day: 'order' }],
    [{ to_day: '2027-01-23' }, { to_day: 'far' }],
    [{ part: 'exact', from_time: '', to_time: '' }, { from_time: 'time', to_time: 'time' }],
    [{ part: 'exact', from_time: '12:00', to_time: '12:00' }, { to_time: 'times' }],
    [{ part: 'any', from_time: '', to_time: '' }, {}],
  ] as const)('%j is answered with %j', (more, wrong) => {
    expect(checkWish(wish(more), TODAY, SENTENCES)).toEqual(wrong);
  });

  it('tells the town hours only where they are limited', () => {
    const days = { from_day: '2026-11-24', to_day: '2026-12-04' };
    expect(wishOf(wish(), TODAY)).toEqual({ office_id: undefined, ...days });
    expect(wishOf(wish({ part: 'morning' }), TODAY)).toMatchObject({ ...days, to_time: '12:00' });
    expect(wishOf(wish({ part: 'afternoon', office: 'r' }), TODAY)).toMatchObject({ office_id: 'r', from_time: '12:00' });
    expect(wishOf(wish({ part: 'exact' }), TODAY)).toMatchObject({ from_time: '08:00', to_time: '18:00' });
  });

  it('that was typed on another day begins today', () => {
    expect(wishOf(wish({ from_day: '2026-11-20' }), TODAY).from_day).toBe(TODAY);
  });

  it('shows no hours where the whole day is meant', () => {
    expect(hoursOf({ from_time: '00:00', to_time: '24:00' })).toEqual({ from: null, to: null });
    expect(hoursOf({ from_time: '12:00', to_time: null })).toEqual({ from: '12:00', to: null });
  });
});

describe('the person of a form', () => {
  const asking = (address: string): Wish[] => [
    { quantity: 1, service: { fields: { name: 'required', phone: 'required', email: 'optional', address, remark: 'not_asked' } } as unknown as Wish['service'] },
  ];
  const t = { checkName: 'name', checkPhone: 'phone', checkDigits: 'digits', checkEmail: 'email', checkAddress: 'address' };

  it('is complete or each missing field has its sentence', () => {
    const nobody = { name: ' ', phone: '', email: '', address: '' };
    expect(checkPerson(asking('required'), nobody, t)).toEqual({ name: 'name', phone: 'phone', address: 'address' });
    const somebody = { name: 'Erika Exempel', phone: '0171 3920096', email: '', address: '' };
    expect(checkPerson(asking('not_asked'), somebody, t)).toEqual({});
    expect(checkPerson(asking('not_asked'), { ...somebody, phone: '0171 39' }, t)).toEqual({ phone: 'digits' });
  });

  it('is told without what nobody asked for', () => {
    const typed = { name: ' Erika Exempel ', phone: '', email: '', address: 'Beispielweg 1' };
    expect(personOf(asking('not_asked'), typed)).toEqual({ name: 'Erika Exempel', email: undefined, address: undefined });
  });
});

describe('entries of this device', () => {
  const entry = (more: Partial<WaitingEntry> = {}): WaitingEntry => ({
    token: null,
    state: 'waiting',
    wish: { office_id: null, from_day: '2026-11-24', to_day: '2026-12-04', from_time: '00:00', to_time: '24:00' },
    offers_left: 3,
    offered_until: null,
    ...more,
  });
  const stored = (token: string): StoredEntry => ({ token, entry: entry(), services: [{ de: 'Perso', en: null }], office_name: null, instead_of: null });

  function memory(): Memory & { rows: Map<string, unknown> } {
    const rows = new Map<string, unknown>();
    return {
      rows,
      get: <T>(name: string) => Promise.resolve(rows.get(name) as T | undefined),
      put: (name, value) => Promise.resolve(void rows.set(name, value)),
      remove: (name) => Promise.resolve(void rows.delete(name)),
    };
  }

  it('are kept once each, the newest first, and forgotten one by one', async () => {
    const device = memory();
    await keepEntry(stored('a'), device);
    await keepEntry(stored('b'), device);
    await keepEntry(stored('a'), device);
    expect((await entries(device)).map(({ token }) => token)).toEqual(['a', 'b']);
    await forgetEntry('a', device);
    await forgetEntry('b', device);
    expect(device.rows.size).toBe(0);
  });

  it('survive what another version stored', async () => {
    const device = memory();
    await device.put('waiting', [7, { token: 'x' }, stored('a')]);
    expect(await entries(device)).toHaveLength(1);
  });

  it('are open while an offer may come or is there', () => {
    expect(isOpen(entry(), TODAY)).toBe(true);
    expect(isOpen(entry(), '2026-12-05')).toBe(false);
    expect(isOpen(entry({ state: 'served' }), TODAY)).toBe(false);
    expect(isOpen(entry({ offers_left: 0 }), TODAY)).toBe(false);
    expect(isOpen(entry({ offers_left: 0, offered_until: '2026-11-23T09:00:00Z' }), TODAY)).toBe(true);
  });
});

describe('the links', () => {
  it('of an offer and of the wish for an earlier time give their token', () => {
    expect(offerTokenOf('/a/7FQ2MKD9TR.')).toBe('7FQ2MKD9TR');
    expect(offerTokenOf('/anliegen')).toBeNull();
    expect(earlierTokenOf('/t/7FQ2MKD9TR/frueher')).toBe('7FQ2MKD9TR');
    expect(tokenOf('/t/7FQ2MKD9TR/frueher')).toBeNull();
  });
});

describe('the page of an offer', () => {
  let asked: string[] = [];
  let offer: SlotOffer;
  let answers: Record<string, () => Response> = {};
  const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();

  beforeEach(async () => {
    await setLang('de', false);
    asked = [];
    offer = {
      state: 'open',
      starts_at: '2026-11-30T09:00:00Z',
      ends_at: '2026-11-30T09:15:00Z',
      day: '2026-11-30',
      office_name: 'Rathaus',
      expires_at: inMinutes(14),
      instead_of: null,
    };
    answers = { '/offers/show': () => json(offer) };
    vi.stubGlobal('scrollTo', () => undefined);
    vi.stubGlobal('fetch', (request: Request) => {
      const path = new URL(request.url).pathname.replace('/api/v1', '');
      asked.push(path);
      return Promise.resolve(answers[path]?.() ?? json({ code: 'not_found', status: 404 }, 404));
    });
  });
  afterEach(cleanup);

  const show = () => render(Offer, { token: '7FQ2MKD9TR' });

  it('shows what is offered and changes nothing by being opened', async () => {
    show();
    expect(await screen.findByText('Montag, 30. November, 10:00 Uhr')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Nehmen' })).toBeTruthy();
    expect(asked.every((path) => path === '/offers/show')).toBe(true);
  });

  it('says which appointment it would replace', async () => {
    offer.instead_of = '2026-12-11T08:40:00Z';
    show();
    expect(await screen.findByText(/ersetzt Ihren Termin am Fr, 11\. Dez\., 9:40 Uhr/)).toBeTruthy();
  });

  it('is declined only after a second thought', async () => {
    answers['/offers/decline'] = () => new Response(null, { status: 204 });
    show();
    await fireEvent.click(await screen.findByRole('button', { name: 'Ablehnen' }));
    expect(asked).not.toContain('/offers/decline');
    await fireEvent.click(screen.getByText('Ja, ablehnen'));
    expect(await screen.findByRole('heading', { name: 'Sie haben abgelehnt' })).toBeTruthy();
  });

  it('says that it came too late', async () => {
    show();
    const take = await screen.findByRole('button', { name: 'Nehmen' });
    answers['/offers/accept'] = () => json({ code: 'offer_expired', status: 409 }, 409);
    offer = { ...offer, state: 'expired' };
    await fireEvent.click(take);
    expect(await screen.findByRole('heading', { name: 'Dieses Angebot ist abgelaufen' })).toBeTruthy();
  });

  it('is over when its time is, though nobody said so yet', async () => {
    offer.expires_at = inMinutes(-1);
    show();
    expect(await screen.findByRole('heading', { name: 'Dieses Angebot ist abgelaufen' })).toBeTruthy();
  });

  it('of nobody is said to be gone', async () => {
    delete answers['/offers/show'];
    show();
    expect(await screen.findByRole('heading', { name: /gibt es nicht/ })).toBeTruthy();
  });
});
