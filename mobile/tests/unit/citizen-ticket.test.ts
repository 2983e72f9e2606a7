import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '../../src/shared/i18n/index.svelte';
import type { Ticket } from '../../src/shared/api/types';
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
  rejoin_until: '2026-11-23T09:00:00Z',
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
});
