import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../../src/shared/clock.svelte';
import { setLang } from '../../src/shared/i18n/index.svelte';
import App from '../../src/terminal/App.svelte';
import { handle } from '../e2e/mock/devices';

const CODE = '48291372';
const change = (body: object) =>
  handle(new Request('http://localhost/api/v1/mock/devices', { method: 'POST', body: JSON.stringify(body) }));
let moves: { key: string | null; body: { tap_key: string; starts_at: string } }[] = [];
let lineUp = true;

beforeEach(async () => {
  moves = [];
  lineUp = true;
  await change({ reset: true });
  await setLang('de', false);
  clock.set({ now: '2026-11-23T09:07:00Z', speed: 1, demo: false });
  vi.stubGlobal('scrollTo', () => undefined);
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.url.endsWith('/check-ins/slots') && !lineUp) throw new TypeError('network');
    if (request.url.endsWith('/check-ins/move')) {
      moves.push({ key: request.headers.get('idempotency-key'), body: (await request.clone().json()) as (typeof moves)[0]['body'] });
      if (!lineUp) throw new TypeError('network');
    }
    return (await handle(request)) ?? new Response(JSON.stringify({ departments: [], services: [], offices: [], languages: ['de'] }));
  });
  localStorage.setItem('lotse.terminal.token', 'token');
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});

async function toRefusal(): Promise<void> {
  render(App);
  await screen.findByText('20–30 Min.');
  await change({ refusal: 'check_in_other_day' });
  for (const key of [...CODE, 'Enter']) {
    window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  }
  await screen.findByText('Ihr Termin ist am Mittwoch');
}
const tap = async (name: RegExp | string) => fireEvent.click(await screen.findByRole('button', { name }));

describe('somebody at the terminal on the wrong day', () => {
  it('moves to a time of today in three taps and is checked in', async () => {
    await toRefusal();
    await screen.findByText('Frei um 11:40, 13:20 und 14:40 Uhr.');
    await tap(/Auf heute verschieben.*Frei um/);
    await tap('13:20');
    expect(screen.getByText(/Ihren Termin am Mittwoch, 25. November, .* geben wir frei/)).toBeTruthy();
    await tap('Auf 13:20 Uhr verschieben und anmelden');
    expect(await screen.findByRole('heading', { name: 'Bitte in Wartebereich B' })).toBeTruthy();
    expect(moves).toHaveLength(1);
    expect(moves[0]?.key).toBe(moves[0]?.body.tap_key);
  });

  it('gives nothing up before a time is chosen', async () => {
    await toRefusal();
    await tap(/Auf heute verschieben.*Frei um/);
    await tap('Bitte zuerst eine Uhrzeit wählen');
    expect(moves).toEqual([]);
    expect(screen.queryByText(/geben wir frei/)).toBeNull();
  });

  it('is shown what is left when somebody else was faster', async () => {
    await toRefusal();
    await tap(/Auf heute verschieben.*Frei um/);
    await tap('11:40');
    await change({ taken: true, times: ['13:20', '14:40'] });
    await tap(/verschieben und anmelden/);
    expect(await screen.findByRole('heading', { name: 'Diese Zeit ist eben weg' })).toBeTruthy();
    expect(await screen.findByRole('button', { name: '13:20' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: '11:40' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Bitte zuerst eine Uhrzeit wählen' })).toBeTruthy();
  });

  it('tries the same time again under the same key when the line broke', async () => {
    await toRefusal();
    await tap(/Auf heute verschieben.*Frei um/);
    await tap('11:40');
    lineUp = false;
    await tap(/verschieben und anmelden/);
    expect(await screen.findByRole('heading', { name: 'Die Verbindung ist gerade weg' })).toBeTruthy();
    lineUp = true;
    await tap(/verschieben und anmelden/);
    expect(await screen.findByRole('heading', { name: 'Bitte in Wartebereich B' })).toBeTruthy();
    expect(moves.map((one) => one.key)).toEqual([moves[0]?.key, moves[0]?.key]);
  });

  it('is offered times as soon as the line is back', async () => {
    lineUp = false;
    await toRefusal();
    await screen.findByText('Ohne Verbindung geht das nur am Empfang.');
    lineUp = true;
    window.dispatchEvent(new Event('online'));
    expect(await screen.findByText('Frei um 11:40, 13:20 und 14:40 Uhr.')).toBeTruthy();
  });

  it('is told when nothing is free today, and may come as booked', async () => {
    await change({ times: [] });
    await toRefusal();
    const offer = await screen.findByRole('button', { name: /Heute ist hier kein Termin mehr frei/ });
    expect(offer.getAttribute('aria-disabled')).toBe('true');
    await fireEvent.click(offer);
    expect(screen.getByRole('button', { name: /Am Mittwoch kommen/ })).toBeTruthy();
  });
});
