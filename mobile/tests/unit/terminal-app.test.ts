import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '../../src/shared/i18n/index.svelte';
import App from '../../src/terminal/App.svelte';
import { handle } from '../e2e/mock/devices';

const CODE = '48291372';
const change = (body: object) =>
  handle(new Request('http://localhost/api/v1/mock/devices', { method: 'POST', body: JSON.stringify(body) }));
const town = {
  name: 'Musterstadt',
  languages: ['de', 'en'],
  phone_help: '115',
  offices: [],
  clock: { now: '2026-11-23T09:07:00Z', speed: 1, demo: false },
};

function type(keys: string[]): void {
  for (const key of keys) window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

beforeEach(async () => {
  await change({ reset: true });
  await setLang('de', false);
  vi.stubGlobal('scrollTo', () => undefined);
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname;
    const answer = await handle(request);
    if (answer) return answer;
    const body = path.endsWith('/town') ? town : { departments: [], services: [] };
    return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  });
  localStorage.setItem('lotse.terminal.token', 'token');
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});

describe('the terminal', () => {
  it('tells the wait and the free appointments before anybody touches it', async () => {
    render(App);
    expect(await screen.findByText('20–30 Min.')).toBeTruthy();
    expect(await screen.findByText('Termine ab 11:40 Uhr')).toBeTruthy();
  });

  it('checks in who types the code on any screen, without tapping a field', async () => {
    render(App);
    await screen.findByText('20–30 Min.');
    type([...CODE, 'Enter']);
    expect(await screen.findByRole('heading', { name: 'Bitte in Wartebereich B' })).toBeTruthy();
    expect(screen.getByText('Anzeige und SMS')).toBeTruthy();
  });

  it('names a typing slip at once, without asking the server', async () => {
    render(App);
    await screen.findByText('20–30 Min.');
    await change({ refusal: 'check_in_code_unknown' });
    type([...'48291373', 'Enter']);
    expect(await screen.findByText('Da stimmt eine Ziffer nicht')).toBeTruthy();
    expect(screen.queryByText('Diesen Code kennen wir nicht')).toBeNull();
  });

  it.each([
    ['check_in_code_unknown', 'Diesen Code kennen wir nicht', 'Noch 3 Versuche.'],
    ['check_in_other_day', 'Ihr Termin ist am Mittwoch', 'Mittwoch, 25. November, 9:40 Uhr'],
    ['check_in_other_office', 'Ihr Termin ist in einem anderen Haus', 'Standesamt im Alten Schloss'],
    ['check_in_expired', 'Die Zeit für diesen Code ist vorbei', 'Heute ohne Termin warten'],
    ['check_in_cancelled', 'Dieser Termin ist abgesagt', 'Heute ohne Termin warten'],
    ['check_in_not_confirmed', 'Dieser Termin wurde nicht bestätigt', 'Heute ohne Termin warten'],
    ['too_many_tries', 'Bitte kurz warten', 'Am Empfang hilft Ihnen jemand weiter.'],
  ])('says for %s what is wrong and what to do', async (refusal, title, help) => {
    render(App);
    await screen.findByText('20–30 Min.');
    await change({ refusal });
    type([...CODE, 'Enter']);
    expect(await screen.findByText(title)).toBeTruthy();
    expect(screen.getByText(help)).toBeTruthy();
  });

  it('speaks English when asked, and German again for the next person', async () => {
    render(App);
    (await screen.findByRole('button', { name: 'English' })).click();
    expect(await screen.findByText('I have a code')).toBeTruthy();
    type([...CODE, 'Enter']);
    (await screen.findByRole('button', { name: 'Done' })).click();
    expect(await screen.findByText('Ich habe einen Code')).toBeTruthy();
  });

  it('asks for a new code once it has been signed off', async () => {
    render(App);
    await screen.findByText('20–30 Min.');
    await change({ revoked: true });
    type([...CODE, 'Enter']);
    expect(await screen.findByText('Dieses Terminal wurde abgemeldet')).toBeTruthy();
  });

  it('lists those online services that have an address to open', async () => {
    const served = globalThis.fetch;
    const service = (slug: string, de: string, online_address: boolean) =>
      ({ id: slug, slug, department_id: 'd', name: { de, en: null }, keywords: [], duration_min: 10, free_of_charge: false, online: true, online_address, popular: false });
    const services = [service('hund-anmelden', 'Hund anmelden', true), service('steuer-id', 'Steuer-ID anfragen', false)];
    vi.stubGlobal('fetch', async (request: Request) => {
      const path = new URL(request.url).pathname.replace('/api/v1', '');
      if (path === '/services') return Response.json({ departments: [], services });
      if (path === '/services/hund-anmelden') return Response.json({ ...services[0], online_how: { possible: 'yes', text: null, url: 'https://online.stadt.example/hundesteuer' } });
      const answer = await served(request);
      if (path !== '/device') return answer;
      return Response.json({ ...((await answer.json()) as object), self_service: { minutes: 5, opens: 'on_phone' } });
    });
    render(App);
    (await screen.findByRole('button', { name: /Online erledigen/ })).click();
    const offered = await screen.findByRole('button', { name: 'Hund anmelden' });
    expect(screen.queryByText('Steuer-ID anfragen')).toBeNull();
    offered.click();
    expect(await screen.findByText(/online\.stadt\.example/)).toBeTruthy();
  });
});
