// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://localhost/desk" }
import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '$shared/i18n/index.svelte';
import { go } from '$shared/router.svelte';
import { feedback } from '$shared/staff/feedback.svelte';
import { signOut } from '$shared/staff/session.svelte';
import App from '../../src/desk/App.svelte';
import { workMock } from '../e2e/mock/work';

/** The stand-in town behind `fetch`; `asked` keeps what the page wanted, `before` may answer instead. */
function backend(before?: (request: Request) => Response | undefined) {
  const handle = workMock();
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(typeof input === 'string' ? new URL(input, 'http://localhost') : input, init);
    asked.push(`${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`);
    return before?.(request) ?? handle(request);
  });
  return { asked, handle };
}

async function signIn(login: string, password = 'lotse-demo') {
  await fireEvent.input(await screen.findByLabelText('Anmeldename'), { target: { value: login } });
  await fireEvent.input(screen.getByLabelText('Passwort'), { target: { value: password } });
  await fireEvent.click(screen.getByRole('button', { name: 'Anmelden' }));
}

const press = (key: string) => fireEvent.keyDown(window, { key });
const soon = { timeout: 10_000 };
vi.setConfig({ testTimeout: 20_000 });
/** The button once it can be pressed. */
async function button(name: RegExp): Promise<HTMLElement> {
  const found = await screen.findByRole('button', { name }, soon);
  await waitFor(() => expect(screen.getByRole('button', { name }).getAttribute('aria-disabled')).not.toBe('true'), soon);
  return found;
}

beforeEach(async () => {
  await go('/desk', { replace: true });
  await setLang('de', false);
  feedback.close();
});

describe('signing in', () => {
  it('says when the password is wrong and keeps the login', async () => {
    backend();
    await signOut();
    render(App);
    await signIn('desk', 'falsch');
    expect(await screen.findByText('Anmeldename oder Passwort stimmt nicht.', {}, soon)).toBeTruthy();
    expect((screen.getByLabelText('Anmeldename') as HTMLInputElement).value).toBe('desk');
  });

  it('says from when on one may try again', async () => {
    backend();
    await signOut();
    render(App);
    for (let n = 0; n < 5; n++) {
      await signIn('desk', `falsch ${n}`);
      await waitFor(() => expect(screen.queryByText('Wird geprüft …')).toBeNull(), soon);
    }
    expect(await screen.findByText(/Zu viele Versuche\. Ab \d+:\d\d Uhr/, {}, soon)).toBeTruthy();
  });
});

describe('a morning at the desk', () => {
  it('goes from the counter to the finished visit by keyboard', async () => {
    const { asked } = backend();
    await signOut();
    render(App);
    await signIn('desk');
    await fireEvent.click(await button(/Platz 3 öffnen/));
    expect(await screen.findByText('Früheste Fälligkeit: 10:20 Uhr', {}, soon)).toBeTruthy();
    await button(/B 012 aufrufen/);
    await press('F2');
    await button(/Person ist da/);
    await waitFor(() => expect(asked).toContain('POST /queue/call-next'));
    await press('F3');
    await button(/Fertig/);
    await press('F4');
    await button(/B 014 aufrufen/);
    expect(asked.filter((one) => one.endsWith('/finish'))).toHaveLength(1);
  });

  it('a second press while the first is under way calls nobody else', async () => {
    const { asked } = backend();
    await signOut();
    render(App);
    await signIn('desk');
    await fireEvent.click(await button(/Platz 3 öffnen/));
    await button(/B 012 aufrufen/);
    void press('F2');
    void press('F2');
    await button(/Person ist da/);
    expect(asked.filter((one) => one === 'POST /queue/call-next')).toHaveLength(1);
  });

  it('an ended session asks to sign in again over the page', async () => {
    const { handle } = backend();
    await signOut();
    render(App);
    await signIn('desk');
    await fireEvent.click(await button(/Platz 3 öffnen/));
    await button(/B 012 aufrufen/);
    await handle(new Request('http://localhost/api/v1/mock/session-ends', { method: 'POST' }));
    await press('F2');
    expect(await screen.findByText(/Ihre Eingaben auf der Seite bleiben erhalten/, {}, soon)).toBeTruthy();
    expect(screen.getByText('Mustermann, Erika', { selector: '.who' })).toBeTruthy();
  });
});
