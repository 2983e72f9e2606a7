// Operations: every page on the desk's screen and on a phone, a number found that stands in no address, a dry run, an
// opt-out lifted with a reason that the log keeps, and what somebody sees who may only look.
import { login } from './lib.mjs';
import { book } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** Booked in these scenes only. */
const FOUND = '0171 3920088';
const OPTED_OUT = '0171 3920089';

async function signIn(page, town, role) {
  const account = login(town.demo, role);
  await page.goto(`${town.demo.base}/ops`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await heading(page, 'Überblick');
  await page.locator('main .kpis').waitFor();
}

const goTo = async (page, town, path, title) => {
  await page.goto(`${town.demo.base}${path}`);
  await heading(page, title);
};

const rows = (page) => page.locator('main table tbody tr');

/** Somebody who wants no more messages. */
async function optOut(town) {
  await book(town.api, { phone: OPTED_OUT, sms: town.api.sms });
  await town.api.post(`/demo/phones/${encodeURIComponent(OPTED_OUT)}/reply`, { body: 'HALT' });
}

export async function opsWalk(page, town, seen) {
  const booked = await book(town.api, { phone: FOUND, sms: town.api.sms });
  await optOut(town);
  await signIn(page, town, 'ops');
  await page.locator('.bars canvas').waitFor();
  await seen('01-overview');
  await page.locator('details.below summary').click();
  await page.locator('main .scroll table').waitFor();
  await page.getByLabel('Art im Bild').selectOption('booking_confirmed');
  await seen('01b-table');
  await button(page, '7 Tage').click();
  await heading(page, 'Versand, letzte 7 Tage');
  await page.locator('.bars canvas').waitFor();
  await seen('01c-week');

  await goTo(page, town, '/ops/messages', 'Nachrichten');
  await rows(page).first().waitFor();
  await seen('02-messages');
  const search = page.getByRole('searchbox');
  await search.fill('zzzz');
  await page.locator('main table').waitFor({ state: 'detached' });
  await seen('02b-nothing-found');
  for (const typed of [FOUND, booked.appointment.check_in_code]) {
    await search.fill(typed);
    await page.getByText('••••0088').first().waitFor();
    if (page.url().includes('0088')) throw new Error(`the number stands in the address: ${page.url()}`);
  }
  await rows(page).first().getByRole('link').click();
  await page.waitForURL(/\/ops\/messages\/./);
  await heading(page, 'Verlauf');
  await seen('03-message');
  await button(page, 'Aufdecken').click();
  await page.getByRole('dialog').waitFor();
  await seen('03b-reveal');
  await page.keyboard.press('Escape');

  await goTo(page, town, '/ops/failed', 'Gescheiterte Nachrichten');
  await page.getByLabel('Aktion', { exact: true }).waitFor();
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await seen('04-failed');
  await page.getByLabel('Aktion', { exact: true }).selectOption('cancel');
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await seen('04b-dry-run');

  await goTo(page, town, '/ops/tomorrow', 'Morgen');
  await page.locator('main table, main .empty').first().waitFor();
  await seen('05-tomorrow');

  await goTo(page, town, '/ops/opt-outs', 'Abbestellt');
  await page.getByText('••••0089').first().waitFor();
  await seen('06-opt-outs');
  await button(page, 'Abbestellung aufheben: ••••0089').click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await button(dialog, 'Aufheben').click();
  await dialog.getByText('Bitte geben Sie einen Grund an.').first().waitFor();
  await seen('06b-reason-missing');
  await dialog.getByLabel(/^Grund/).fill('am Platz darum gebeten');
  await button(dialog, 'Aufheben').click();
  await page.getByText('Die Abbestellung ist aufgehoben.').first().waitFor();
  await page.getByText('••••0089').waitFor({ state: 'detached' });

  await goTo(page, town, '/ops/log', 'Protokoll');
  await page.getByText('am Platz darum gebeten').first().waitFor();
  await seen('07-log');
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await goTo(page, town, '/ops/failed', 'Failed messages');
  await page.getByLabel('Action', { exact: true }).waitFor();
  await seen('08-english');
}

export async function observerWalk(page, town, seen) {
  await signIn(page, town, 'observer');
  await seen('09-only-looking');
  await goTo(page, town, '/ops/failed', 'Gescheiterte Nachrichten');
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await page.getByText(/Sie können hier alles sehen, aber nichts ändern/).first().waitFor();
  if (await page.getByLabel(/^Grund \(/).count()) throw new Error('whoever only looks is asked for a reason');
  await seen('09b-dry-run');
  await goTo(page, town, '/ops/messages', 'Nachrichten');
  await rows(page).first().getByRole('link').click();
  await heading(page, 'Verlauf');
  if (await button(page, 'Aufdecken').count()) throw new Error('whoever only looks may reveal');
  await seen('09c-message');
}

export async function opsPhoneWalk(page, town, seen) {
  await signIn(page, town, 'ops');
  await page.locator('.bars canvas').waitFor();
  await seen('10-overview');
  for (const [path, title, name] of [
    ['/ops/messages', 'Nachrichten', '10b-messages'],
    ['/ops/failed', 'Gescheiterte Nachrichten', '10c-failed'],
    ['/ops/tomorrow', 'Morgen', '10d-tomorrow'],
    ['/ops/opt-outs', 'Abbestellt', '10e-opt-outs'],
    ['/ops/log', 'Protokoll', '10f-log'],
  ]) {
    await goTo(page, town, path, title);
    await page.locator('main table, main .empty').first().waitFor();
    await seen(name);
  }
}
