// What is typed wrongly or thought over: told beside its field, nothing lost, corrected without beginning anew.
import { fillDetails, typeCode } from './citizen.mjs';

const PHONE = '0171 3920078';
const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

async function toDetails(page, town) {
  await page.goto(`${town.demo.base}/anliegen/${town.service.slug}`);
  await button(page, 'Termin suchen').or(button(page, 'Termin vor Ort suchen')).first().click();
  await heading(page, 'Wann passt es Ihnen?');
  await button(page, /Diesen Termin nehmen/).first().click();
  await heading(page, 'Ihre Angaben');
}

/** The words beside a field that is wrong. */
async function beside(page, field) {
  const input = page.getByLabel(field);
  if ((await input.getAttribute('aria-invalid')) !== 'true') throw new Error(`${field} is not marked`);
  const ids = (await input.getAttribute('aria-describedby')) ?? '';
  const words = await Promise.all(ids.split(' ').filter(Boolean).map((id) => page.locator(`[id="${id}"]`).innerText()));
  return words.join(' ');
}

async function refusedNumber(page, typed, expected) {
  await page.getByLabel(/Mobilnummer/).fill(typed);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').or(page.locator('.summary')).first().waitFor();
  await page.getByText(expected).first().waitFor();
  const words = await beside(page, /Mobilnummer/);
  if (!expected.test(words)) throw new Error(`beside the number stands "${words}"`);
  if ((await page.getByLabel(/Mobilnummer/).inputValue()) !== typed) throw new Error('what was typed is gone');
}

export async function correctionsWalk(page, town, seen) {
  await toDetails(page, town);
  await fillDetails(page, PHONE);
  await page.getByLabel('Vor- und Nachname').fill('Erika 🦉 Exempl');
  await refusedNumber(page, '+43 664 1234567', /Land|Ausland|ausländisch|deutsch/i);
  await seen('16-foreign-number');
  await refusedNumber(page, '030 901820', /Mobil/i);
  await seen('16b-no-mobile-number');

  await page.getByLabel(/Mobilnummer/).fill(PHONE);
  await page.keyboard.press('Enter');
  await heading(page, 'Code aus der SMS');
  // The name has a slip in it: back, corrected, sent again. It is the same booking and the same code.
  await page.goBack();
  await heading(page, 'Ihre Angaben');
  await page.getByLabel('Vor- und Nachname').fill('Erika 🦉 Exempel');
  await page.keyboard.press('Enter');
  await heading(page, 'Code aus der SMS');
  await typeCode(page, town, PHONE);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/t\//);
  await heading(page, 'Ihr Termin ist gebucht');
  const token = new URL(page.url()).pathname.split('/')[2];
  const booked = await town.api.get('/appointment', { token });
  if (booked.name !== 'Erika 🦉 Exempel') throw new Error(`booked for ${booked.name}`);
  const codes = (await town.api.get(`/demo/phones/${encodeURIComponent(PHONE)}`)).filter((it) => it.body.includes('Ihr Code'));
  if (codes.length !== 1) throw new Error(`${codes.length} codes for one booking`);
  await town.api.post('/appointment/cancel', {}, { token });
  await seasonOver(page, town, seen);
}

/** A service whose last day has passed: said as it is, and no waiting list for what never comes. */
async function seasonOver(page, town, seen) {
  const real = await town.api.get(`/slots?items=${town.service.slug}:1&days=14`);
  const over = { ...real, horizon_day: '2026-02-20', days: real.days.map((day) => ({ ...day, free: [] })) };
  await page.route('**/api/v1/slots?*', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(over) }));
  await page.goto(`${town.demo.base}/anliegen/${town.service.slug}`);
  await button(page, 'Termin suchen').or(button(page, 'Termin vor Ort suchen')).first().click();
  await heading(page, 'Dafür gibt es keine Termine mehr');
  await page.getByText(/Termine gab es bis/).waitFor();
  if (await page.getByRole('link', { name: /Warteliste/ }).count()) throw new Error('nobody waits for a season that is over');
  await seen('17-season-over');
  await page.unroute('**/api/v1/slots?*');
}
