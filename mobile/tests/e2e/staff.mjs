// Drives the desk and operations in headless Chromium, takes a picture of every page and runs axe on it.
//   PORT=5183 npm run mock &   then   node tests/e2e/staff.mjs http://127.0.0.1:5183 /tmp/pictures [only]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:5183', folder = 'pictures', only = ''] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
let bad = 0;

async function surface(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'de-DE', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE_MS ?? 15_000));
  const complain = (what, text) => {
    bad += 1;
    console.log(what, text);
  };
  page.on('pageerror', (error) => complain('PAGE ERROR', error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/40[1349]|42[29]|ERR_INTERNET_DISCONNECTED/.test(message.text())) complain('CONSOLE', message.text());
  });
  return page;
}

async function shot(page, name, { full = false } = {}) {
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: full });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
  });
  bad += found.length;
  console.log(name, found.length ? `\n  ${found.join('\n  ')}` : 'ok');
}

/** `reset` starts the town anew, the others set up a situation. */
const mock = (path) => fetch(`${base}/api/v1/mock/${path}`, { method: 'POST' });

async function signIn(page, path, login) {
  await page.goto(`${base}${path}`);
  await page.getByLabel(/Anmeldename|Login/).fill(login);
  await page.getByLabel(/^(Passwort|Password)/).first().fill('lotse-demo');
  await page.getByRole('button', { name: /^(Anmelden|Sign in)$/ }).click();
}

const stories = {
  async desk() {
    await mock('reset');
    const page = await surface();
    await page.goto(`${base}/desk`);
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    await shot(page, 'desk-signin');
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await shot(page, 'desk-signin-empty');
    await signIn(page, '/desk', 'desk');
    await page.getByRole('heading', { name: 'An welchem Platz' }).waitFor();
    await shot(page, 'desk-counters');
    await page.locator('.counter').nth(2).click();
    await page.getByRole('button', { name: /B 012 aufrufen/ }).waitFor();
    await shot(page, 'desk-01');
    await page.getByRole('button', { name: 'Andere Person' }).click();
    await shot(page, 'desk-choosing');
    await page.getByRole('button', { name: 'Doch nicht' }).click();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('ayse');
    await shot(page, 'desk-search');
    await page.keyboard.press('Enter');
    await shot(page, 'desk-person');
    await page.keyboard.press('Escape');
    await page.keyboard.press('F1');
    await shot(page, 'desk-help');
    await page.keyboard.press('Escape');
    await page.keyboard.press('F2');
    await page.getByRole('button', { name: /Person ist da/ }).waitFor();
    await shot(page, 'desk-called');
    await page.locator('[data-main][aria-disabled=false]').waitFor();
    await page.keyboard.press('F3');
    await page.getByRole('button', { name: /Fertig/ }).waitFor();
    await shot(page, 'desk-02');
    await page.getByRole('button', { name: 'Nicht erschienen' }).first().click();
    await shot(page, 'desk-confirm');
    await page.keyboard.press('Escape');
    await page.keyboard.press('F4');
    await page.getByRole('button', { name: /B 014 aufrufen/ }).waitFor();
    await shot(page, 'desk-finished', { full: true });
    await page.getByRole('button', { name: /Platz 3, / }).click();
    await shot(page, 'desk-menu');
    await page.keyboard.press('Escape');
    await page.goto(`${base}/desk/day`);
    await page.getByText('Auslastung', { exact: true }).waitFor();
    await shot(page, 'desk-03');
    await page.getByRole('button', { name: 'Liste' }).click();
    await shot(page, 'desk-day-list');
    await page.keyboard.press('F6');
    await page.getByRole('combobox', { name: 'Anliegen', exact: true }).fill('umm');
    await shot(page, 'desk-caller-search');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name', { exact: true }).fill('Modell, Ida');
    await page.getByLabel(/Mobilnummer/).fill('0171 39200 42');
    await shot(page, 'desk-04');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Der Termin ist gebucht').waitFor();
    await shot(page, 'desk-caller-done');
    await mock('session-ends');
    await page.getByRole('link', { name: 'Aufruf' }).click();
    await page.keyboard.press('F2');
    await page.getByText('melden Sie sich wieder an').waitFor();
    await shot(page, 'desk-expired');
  },
  async helping() {
    await mock('reset');
    const page = await surface();
    await signIn(page, '/desk', 'desk');
    await page.locator('.counter').first().click();
    await page.getByRole('button', { name: /B 012 aufrufen/ }).waitFor();
    await page.keyboard.press('F2');
    await page.locator('[data-main][aria-disabled=false]').waitFor();
    await page.keyboard.press('F3');
    await page.getByRole('button', { name: /Fertig/ }).waitFor();
    await page.getByRole('button', { name: 'Notiz schreiben' }).click();
    await page.getByLabel('Neue Notiz').fill('Braucht noch die Meldebescheinigung, Frau Probe weiß Bescheid');
    await shot(page, 'help-noting');
    await page.keyboard.press('Enter');
    await page.locator('.noted').waitFor();
    await shot(page, 'help-noted');
    await page.keyboard.press('F7');
    await page.locator('.place').first().waitFor();
    await page.locator('.place input').first().check();
    await shot(page, 'help-transfer');
    await page.keyboard.press('Escape');
    await page.goto(`${base}/desk/caller`);
    await page.locator('.visit-strip').waitFor();
    await shot(page, 'help-strip');
    await page.goto(`${base}/desk`);
    await page.getByRole('button', { name: /B 008: Einzelheiten/ }).click();
    await page.getByText('Reihenfolge ändern').click();
    await shot(page, 'help-person');
    await page.keyboard.press('Escape');
    await page.keyboard.press('F10');
    await page.getByText('Ihr Notruf ist angekommen.').waitFor();
    await shot(page, 'help-emergency');
    await page.getByRole('button', { name: 'Notruf beenden' }).click();
    await page.locator('.sos').waitFor({ state: 'detached' });
    await page.context().setOffline(true);
    await page.keyboard.press('F10');
    await page.getByText('Ihr Notruf ist NICHT durchgekommen').waitFor();
    await shot(page, 'help-lost');
    await page.context().setOffline(false);
    await page.getByText('Ihr Notruf ist angekommen.').waitFor();
    await page.getByRole('button', { name: 'Notruf beenden' }).click();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('0171 39200');
    await shot(page, 'help-search');
    await page.keyboard.press('Enter');
    await page.getByText('Kein Termin gefunden.').waitFor();
    await shot(page, 'help-find');
    await page.keyboard.press('Escape');
    await page.goto(`${base}/desk/week`);
    await page.locator('.week-cell').first().waitFor();
    await shot(page, 'help-week');
    for (const [width, height] of [[1280, 720], [1024, 768]]) {
      await page.setViewportSize({ width, height });
      await page.goto(`${base}/desk`);
      await page.getByRole('button', { name: /Fertig/ }).waitFor();
      await shot(page, `help-${width}`);
    }
  },
  async narrow() {
    await mock('reset');
    const page = await surface({ viewport: { width: 1024, height: 768 } });
    await signIn(page, '/desk', 'desk');
    await page.locator('.counter, .btn--big').first().waitFor();
    if (await page.locator('.counter').count()) await page.locator('.counter').nth(2).click();
    await page.waitForTimeout(500);
    await shot(page, 'narrow-calls');
    await page.goto(`${base}/desk/caller`);
    await shot(page, 'narrow-caller');
    await page.setViewportSize({ width: 768, height: 1024 });
    await page.goto(`${base}/desk`);
    await page.waitForTimeout(500);
    await shot(page, 'tablet-calls');
    await page.goto(`${base}/desk/day`);
    await page.waitForTimeout(500);
    await shot(page, 'tablet-day');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(`${base}/desk`);
    await page.waitForTimeout(500);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) {
      bad += 1;
      console.log('wider than 320 px');
    }
    await shot(page, 'tiny-calls', { full: true });
  },
  async dark() {
    await mock('reset');
    const page = await surface({ colorScheme: 'dark', locale: 'en-GB' });
    await signIn(page, '/desk', 'desk');
    await page.locator('.counter, .btn--big').first().waitFor();
    if (await page.locator('.counter').count()) await page.locator('.counter').nth(2).click();
    await page.waitForTimeout(500);
    await shot(page, 'dark-calls-en');
    await page.goto(`${base}/desk/day`);
    await page.waitForTimeout(500);
    await shot(page, 'dark-day-en');
  },
  async admin() {
    await mock('reset');
    const page = await surface();
    await signIn(page, '/desk/devices', 'admin');
    await page.getByRole('heading', { name: 'Geräte' }).waitFor();
    await shot(page, 'admin-devices');
    await page.getByRole('button', { name: 'Gerät hinzufügen' }).click();
    await page.locator('.seg').getByText('Anzeige').click();
    await shot(page, 'admin-device-form');
    await page.getByLabel('Name').fill('Anzeige Nord');
    await page.locator('dialog .check').first().click();
    await page.getByRole('button', { name: 'Anlegen und Code zeigen' }).click();
    await page.getByText('K7Q4-M2PX').waitFor();
    await shot(page, 'admin-device-code');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Personal' }).click();
    await page.getByRole('heading', { name: 'Personal' }).waitFor();
    await shot(page, 'admin-staff');
    await page.getByRole('button', { name: 'Person hinzufügen' }).click();
    await page.getByRole('button', { name: 'Konto anlegen' }).click();
    await shot(page, 'admin-staff-form');
  },
  async nobody() {
    await mock('reset');
    const page = await surface();
    await signIn(page, '/desk', 'desk');
    await page.locator('.counter, .btn--big').first().waitFor();
    await mock('nobody');
    await page.goto(`${base}/desk/counter`);
    await page.locator('.counter').nth(2).click();
    await page.getByText('Gerade niemand').waitFor();
    await shot(page, 'desk-05');
  },
  async ops() {
    await mock('reset');
    const page = await surface();
    await page.goto(`${base}/ops`);
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    await shot(page, 'ops-signin');
    await signIn(page, '/ops', 'ops');
    await page.getByRole('heading', { name: 'Überblick' }).waitFor();
    await page.waitForTimeout(700);
    await shot(page, 'ops-01');
    await shot(page, 'ops-01-full', { full: true });
    await page.getByRole('button', { name: 'Als Tabelle' }).click();
    await shot(page, 'ops-table');
    await page.getByRole('button', { name: '7 Tage' }).click();
    await page.waitForTimeout(700);
    await shot(page, 'ops-week');
    await page.getByRole('link', { name: 'Nachrichten' }).click();
    await page.getByRole('heading', { name: 'Nachrichten' }).waitFor();
    await shot(page, 'ops-02');
    await page.getByRole('button', { name: /Unklar/ }).click();
    await page.waitForTimeout(400);
    await page.getByRole('link', { name: /Verlauf/ }).first().click();
    await page.getByRole('heading', { name: 'Verlauf' }).waitFor();
    await shot(page, 'ops-03');
    await page.getByRole('button', { name: 'Aufdecken' }).click();
    await page.getByRole('button', { name: 'Aufdecken' }).last().click();
    await shot(page, 'ops-reveal-missing');
    await page.getByLabel(/Grund/).fill('Rückfrage');
    await page.getByRole('button', { name: 'Aufdecken' }).last().click();
    await page.getByText('Das steht im Protokoll').waitFor();
    await shot(page, 'ops-revealed');
    await page.getByRole('link', { name: /Gescheitert/ }).click();
    await page.getByRole('heading', { name: 'Gescheiterte Nachrichten' }).waitFor();
    await shot(page, 'ops-04');
    await page.getByRole('button', { name: /Erneut senden/ }).first().click();
    await shot(page, 'ops-retry');
  },
  async opsdark() {
    await mock('reset');
    const page = await surface({ colorScheme: 'dark', locale: 'en-GB', viewport: { width: 1024, height: 768 } });
    await signIn(page, '/ops', 'ops');
    await page.waitForTimeout(900);
    await shot(page, 'ops-dark-en');
    await page.goto(`${base}/ops/messages`);
    await page.waitForTimeout(500);
    await shot(page, 'ops-messages-dark-en');
  },
};

for (const [name, story] of Object.entries(stories)) {
  if (only && !only.split(',').includes(name)) continue;
  try {
    await story();
  } catch (error) {
    bad += 1;
    console.log(name, 'STOPPED', error.message);
    for (const page of browser.contexts().at(-1)?.pages() ?? []) await page.screenshot({ path: `${folder}/stopped-${name}.png` });
  }
}
await browser.close();
console.log(bad === 0 ? 'all fine' : `${bad} problems`);
process.exitCode = bad === 0 ? 0 : 1;
