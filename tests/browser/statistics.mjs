// An admin looks at past weeks, keeps a table as a file, takes a measured duration over and back, and tries one counter more.
import { readFile } from 'node:fs/promises';
import { login } from './lib.mjs';

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name, level: 1 }).waitFor();

async function signIn(page, town, role = 'admin') {
  const account = login(town.demo, role);
  await page.goto(`${town.demo.base}/desk/auswertung`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
}

export async function statisticsWalk(page, town, seen) {
  await signIn(page, town);
  await heading(page, 'Auswertung');
  await page.locator('.barchart canvas').first().waitFor();
  const visits = page.locator('.kpi', { hasText: 'Besuche' }).first().locator('.v');
  if (Number((await visits.innerText()).replace('.', '')) < 100) throw new Error(`a week of a town has more visits than ${await visits.innerText()}`);
  await seen('26-statistics');

  // By keyboard: the next period, and what was chosen stays after a reload.
  await button(page, 'letzter Monat').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/from=\d{4}-\d{2}-01/);
  await page.getByLabel('Amt', { exact: true }).selectOption({ index: 1 });
  await page.waitForURL(/office=/);
  const chosen = page.url();
  await page.reload();
  await page.locator('.barchart canvas').first().waitFor();
  if (page.url() !== chosen) throw new Error(`a reload keeps the address, not ${page.url()}`);
  if ((await button(page, 'letzter Monat').getAttribute('aria-pressed')) !== 'true') throw new Error('the period stays chosen');

  await page.locator('.stat-below summary').first().click();
  await page.getByRole('table', { name: 'Nach Tag' }).waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, /Nach Tag als CSV-Datei/).click()]);
  const text = await readFile(await file.path(), 'utf8');
  if (!text.startsWith('\u{feff}Tag;Besuche;') || text.split('\r\n').length < 15) throw new Error(`a file for a spreadsheet, not ${text.slice(0, 200)}`);
  await page.getByRole('heading', { name: 'Nach Anliegen' }).scrollIntoViewIfNeeded();
  await seen('26b-tables');

  // Slips are answered.
  await page.getByLabel('Von', { exact: true }).fill('2026-01-31');
  await page.getByLabel('Bis', { exact: true }).fill('2026-01-01');
  await button(page, 'Anzeigen').click();
  await page.getByText('Das Ende liegt vor dem Beginn.').waitFor();
  await seen('26c-wrong-period');
  await page.getByLabel('Von', { exact: true }).fill('2026-01-01');
  await page.getByLabel('Bis', { exact: true }).fill('2026-01-31');
  await button(page, 'Anzeigen').click();
  await page.getByText('In diesem Zeitraum ist nichts geschehen.').waitFor();
  await seen('26d-empty');

  await page.getByRole('link', { name: 'Dauern' }).click();
  await heading(page, 'Dauern');
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: /Min\. übernehmen/ }) }).first();
  const name = (await row.getByRole('rowheader').locator('span').innerText()).trim();
  await seen('27-durations');
  const mine = page.getByRole('row').filter({ hasText: name }).first();
  await mine.getByRole('button', { name: /^Ablehnen/ }).click();
  await page.getByRole('dialog').getByLabel('Warum?').fill('Erst nach der Umstellung.');
  await seen('27b-reject');
  await page.getByRole('dialog').getByRole('button', { name: 'Ablehnen' }).click();
  await page.getByText('Der Vorschlag ist abgelehnt.').first().waitFor();
  const second = page.getByRole('button', { name: /Min\. übernehmen/ }).first();
  await second.click();
  await page.getByText(/^Ab jetzt werden \d+ Minuten geplant\./).first().waitFor();
  await page.getByRole('button', { name: /^Zurück zu \d+ Min\./ }).first().click();
  await page.getByText(/^Ab jetzt werden \d+ Minuten geplant\./).first().waitFor();
  await page.getByText('2 Entscheidungen').first().click();
  await seen('27c-decided');

  await page.getByRole('link', { name: 'Was wäre wenn' }).click();
  await heading(page, 'Was wäre wenn');
  await page.getByLabel('Änderung').waitFor();
  await button(page, 'Ausprobieren').click();
  await page.getByText(/^ein Platz mehr: /).waitFor();
  await seen('28-what-if');
  await english(page, seen);
}

/** The same in English. */
async function english(page, seen) {
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await page.reload();
  await heading(page, 'What if');
  await page.getByRole('link', { name: 'Key figures' }).click();
  await heading(page, 'Statistics');
  await page.locator('.barchart canvas').first().waitFor();
  await seen('29-english');
}

/** On a phone; and somebody who works at a counter is told that this is not for them. */
export async function statisticsPhoneWalk(page, town, seen) {
  await signIn(page, town);
  await heading(page, 'Auswertung');
  await page.locator('.barchart canvas').first().waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) throw new Error(`the page is ${wide} px wider than the phone`);
  await seen('30-statistics-phone');
}
