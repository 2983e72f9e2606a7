import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '../../src/shared/i18n/index.svelte';
import type { Ticket } from '../../src/shared/api/types';
import NoMails from '../../src/citizen/pages/NoMails.svelte';
import TicketView from '../../src/citizen/parts/TicketView.svelte';

const missed = (): Ticket => ({
  visit_id: 'v-12',
  number: 'B 012',
  letter: 'B',
  digits: '012',
  state: 'missed',
  zone: { id: 'b', letter: 'B', name: 'Wartebereich B', floor: 'Erdgeschoss', way: { de: 'links', en: null } },
  office_name: 'Rathaus',
  arrived_at: '2026-11-23T08:00:00Z',
  ahead: 0,
  outside: false,
  by_sms: true,
  rejoin_until: new Date(Date.now() + 10 * 60_000).toISOString(),
  generated_at: '2026-11-23T08:30:00Z',
});

describe('the ticket of somebody who was missed', () => {
  let asked: string[] = [];

  beforeEach(async () => {
    await setLang('de', false);
    asked = [];
    vi.stubGlobal('fetch', (request: Request | string) => {
      const path = new URL(typeof request === 'string' ? request : request.url, 'http://localhost').pathname.replace('/api/v1', '');
      if (path === '/ticket/live') return new Promise(() => undefined);
      asked.push(path);
      const left = { ...missed(), state: 'left', generated_at: '2026-11-23T08:31:00Z' };
      return Promise.resolve(new Response(JSON.stringify(left), { headers: { 'content-type': 'application/json' } }));
    });
  });
  afterEach(cleanup);

  it('leads back, and may be given back after a second thought', async () => {
    render(TicketView, { token: '7FQ2MKD9TR', first: missed() });
    expect(screen.getByRole('button', { name: 'Ich bin da, bitte wieder einreihen' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Ich gehe, Nummer zurückgeben' }));
    expect(asked).toEqual([]);
    await fireEvent.click(screen.getByText('Ja, ich gehe'));
    expect(await screen.findByText('Sie haben Ihre Nummer zurückgegeben')).toBeTruthy();
    expect(asked).toEqual(['/ticket/leave']);
    expect(screen.queryByRole('button', { name: 'Ich gehe, Nummer zurückgeben' })).toBeNull();
  });

  it('offers no way back once the half hour is over', () => {
    render(TicketView, { token: '7FQ2MKD9TR', first: { ...missed(), rejoin_until: new Date(Date.now() - 1000).toISOString() } });
    expect(screen.queryByRole('button', { name: 'Ich bin da, bitte wieder einreihen' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Ich gehe, Nummer zurückgeben' })).toBeTruthy();
  });
});

describe('the link in a mail', () => {
  const answers = (status: number) =>
    vi.stubGlobal('fetch', () =>
      Promise.resolve(
        new Response(status === 204 ? null : JSON.stringify({ code: 'not_found', status, title: '', fields: [] }), {
          status,
          headers: { 'content-type': 'application/problem+json' },
        }),
      ),
    );

  beforeEach(() => setLang('de', false));
  afterEach(cleanup);

  it('turns mails off at the press of a button, not before', async () => {
    answers(204);
    render(NoMails, { token: 'x' });
    expect(screen.getByRole('heading', { name: 'Keine E-Mails mehr?' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Keine E-Mails mehr' }));
    expect(await screen.findByRole('heading', { name: 'Erledigt: keine E-Mails mehr' })).toBeTruthy();
  });

  it('says so when nobody knows it', async () => {
    answers(404);
    render(NoMails, { token: 'x' });
    await fireEvent.click(screen.getByRole('button', { name: 'Keine E-Mails mehr' }));
    expect(await screen.findByRole('heading', { name: 'Dieser Link gilt nicht' })).toBeTruthy();
  });
});
