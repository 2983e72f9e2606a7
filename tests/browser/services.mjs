// An admin finds a service by an everyday word, corrects it, prepares another and keeps the whole set-up as a file.
import { readFile, writeFile } from 'node:fs/promises';
import { login } from './lib.mjs';

const button = (page, name) => page.getByRole('button', { name });
const row = (page, name) => page.getByRole('row', { name });

async function signIn(page, town) {
  const account = login(town.demo, 'admin');
  await page.goto(`${town.demo.base}/desk/services`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByRole('heading', { name: 'Leistungen' }).waitFor();
}

export async function servicesWalk(page, town, seen) {
  await signIn(page, town);
  await page.locator('tbody tr').first().waitFor();
  await seen('20-services');
  await page.getByLabel('Leistung suchen').fill('gibt es nicht');
  await page.getByText('Keine Leistung passt dazu.').waitFor();
  await seen('20b-none');
  await page.getByLabel('Leistung suchen').fill('perso');
  await page.getByRole('link', { name: 'Personalausweis beantragen' }).first().click();
  await page.getByRole('heading', { name: 'Allgemein' }).waitFor();
  await seen('21-service');

  // A slip: all that is wrong is told, the first field has the focus, nothing typed is lost.
  const name = page.getByLabel('Name', { exact: true }).first();
  const was = await name.inputValue();
  await name.fill('');
  await page.getByLabel('Termine ab').fill('2027-03-01');
  await page.getByLabel('Termine bis').fill('2027-02-01');
  await button(page, 'Speichern').click();
  await page.getByText('Einiges passt noch nicht. Sehen Sie es sich unten an.').waitFor();
  await page.getByText('Das Ende liegt vor dem Beginn.').waitFor();
  await seen('21b-service-wrong');
  await name.fill(was);
  await page.getByLabel('Termine ab').fill('');
  await page.getByLabel('Termine bis').fill('');
  await page.getByLabel(/: danach frei$/).first().fill('5');
  await page.getByLabel(/^Wofür wird gefragt: Mobilnummer$/).fill('Nur für den Code und die Erinnerung.');
  await button(page, 'Änderung vorbereiten').click();
  await page.getByLabel('andere Kosten').check();
  await page.getByRole('group', { name: 'Änderung 1' }).scrollIntoViewIfNeeded();
  await seen('21c-planned');
  await button(page, 'Speichern').click();
  await page.getByText(`„${was}“ ist gespeichert.`).first().waitFor();

  // What is not saved is not lost by a slip of the mouse.
  await page.getByLabel('Nur mit Termin').check();
  await page.getByRole('link', { name: 'Alle Leistungen' }).click();
  await page.getByRole('dialog').getByText('Änderungen verwerfen?').waitFor();
  await seen('21d-unsaved');
  await page.keyboard.press('Escape');
  await page.getByLabel('Nur mit Termin').uncheck();
  await page.getByRole('link', { name: 'Alle Leistungen' }).click();
  await page.getByLabel('Leistung suchen').waitFor();

  await page.getByRole('link', { name: 'Neue Leistung' }).click();
  await page.getByRole('heading', { name: 'Neue Leistung' }).waitFor();
  await page.getByLabel('Name', { exact: true }).first().fill('Ferienpass abholen');
  await page.getByLabel('Stichwörter').fill('Ferienpass\nSommerferien');
  await button(page, 'Speichern').click();
  await page.getByText('Ein Anliegen, das angeboten wird, braucht mindestens eine Stelle.').waitFor();
  await seen('22-new-service-nowhere');
  await page.locator('.svc-places input[type=checkbox]').first().check();
  await page.getByLabel('Termine bis').fill('2027-02-19');
  await button(page, 'Speichern').click();
  await page.getByText('„Ferienpass abholen“ ist gespeichert.').first().waitFor();
  await page.getByRole('link', { name: 'Alle Leistungen' }).click();
  await page.getByLabel('Leistung suchen').fill('sommerferien');
  await row(page, /Ferienpass abholen.*Termine bis/).waitFor();
  await seen('22b-new-service');

  await page.goto(`${town.demo.base}/anliegen/ferienpass-abholen`);
  await page.getByText(/Termine gibt es bis/).waitFor();
  await setupWalk(page, town, seen);
}

/** The whole set-up as a file: kept, spoilt, refused with every fault, taken over. */
async function setupWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/desk/planning`);
  await button(page, 'Einrichtung').click();
  const dialog = page.getByRole('dialog');
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Als Datei sichern' }).click()]);
  const kept = await download.path();
  const text = await readFile(kept, 'utf8');
  const spoilt = `${kept}-spoilt.json`;
  await writeFile(spoilt, text.replaceAll('"zone": "A"', '"zone": "Q"'));
  await dialog.getByLabel('Datei', { exact: true }).setInputFiles(spoilt);
  await dialog.getByText(/Die Datei hat .*Fehler\. Nichts wurde geändert\./).waitFor();
  await seen('23-setup-wrong');
  const right = `${kept}.json`;
  await writeFile(right, text);
  await dialog.getByLabel('Datei', { exact: true }).setInputFiles(right);
  await dialog.getByText(/^Die Datei ist in Ordnung: \d+ Leistungen/).waitFor();
  await seen('23b-setup');
  await dialog.getByRole('button', { name: 'Jetzt einspielen' }).click();
  await page.getByText(/ist eingespielt\.$/).first().waitFor();
}
