// An admin words an SMS anew, is told what is wrong, looks at what arrives, saves it and goes back to the standard.
import { login } from './lib.mjs';

const button = (page, name) => page.getByRole('button', { name });

export async function wordingsWalk(page, town, seen) {
  const account = login(town.demo, 'admin');
  await page.goto(`${town.demo.base}/desk/texts`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByRole('heading', { name: 'SMS-Texte' }).waitFor();
  await page.locator('tbody tr').first().waitFor();
  await seen('24-texts');

  await button(page, /^Termin bestätigt.*Deutsch$/).click();
  const dialog = page.getByRole('dialog');
  const text = dialog.getByLabel('Text', { exact: true });
  await dialog.getByText(/^1 SMS, /).waitFor();
  await seen('25-text');
  const was = await text.inputValue();

  // A slip: a name, a picture, no way to cancel. Saving refuses, nothing typed is lost.
  await text.fill('Hallo {name} 🎉, Ihr Termin: {when}, Code {code}.');
  await dialog.getByText('Der Platzhalter {link} fehlt.').waitFor();
  await dialog.getByText(/Namen gehören nicht in eine SMS/).waitFor();
  await dialog.getByText(/zum dreifachen Preis/).waitFor();
  await seen('25b-text-wrong');
  await button(dialog, 'Speichern').click();
  await dialog.getByText('Das passt noch nicht').waitFor();

  await text.fill(was.replace('Termin bestätigt', 'Gebucht'));
  await dialog.getByText(/^Gebucht: /).waitFor();
  await button(dialog, 'Speichern').click();
  await page.getByText('Der Text ist gespeichert. Er gilt für neue Nachrichten.').first().waitFor();
  await page.getByRole('row', { name: /Gebucht: / }).getByText('eigener Text').waitFor();

  await button(page, /^Termin bestätigt.*Deutsch$/).click();
  await dialog.getByText('Frühere Fassungen').click();
  await dialog.getByText(/^Fassung 1, /).waitFor();
  await seen('25c-text-history');
  await button(dialog, 'Zurück zum Standard').click();
  await page.getByText('Es gilt wieder der Standardtext.').first().waitFor();
}
