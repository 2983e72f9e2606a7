// The citizen's phone: booking, moving and cancelling.
import { eventually } from './lib.mjs';

const button = (page, name) => page.getByRole('button', { name });
const link = (page, name) => page.getByRole('link', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** How many appointments have a tick on this device. */
function storedTicks() {
  return new Promise((resolve) => {
    const opening = indexedDB.open('lotse');
    opening.onsuccess = () => {
      const keys = opening.result.transaction('values').objectStore('values').getAllKeys();
      keys.onsuccess = () => {
        opening.result.close();
        resolve(keys.result.filter((key) => String(key).startsWith('bring.')).length);
      };
    };
  });
}

/** Who comes, typed into the form. */
export async function fillDetails(page, phone) {
  await page.getByLabel('Vor- und Nachname').fill('Erika Exempel');
  await page.getByLabel(/Mobilnummer/).fill(phone);
  const address = page.getByLabel(/Anschrift/);
  if (await address.count()) await address.fill('Beispielweg 1, 12345 Musterstadt');
}

/** The six digits out of the SMS. */
export async function codeFrom(town, phone) {
  return /Ihr Code: (\d{6})/.exec(await town.api.sms(phone, 'Ihr Code'))[1];
}

export async function typeCode(page, town, phone) {
  await page.getByLabel(/6 Ziffern/).fill(await codeFrom(town, phone));
}

/** One service, from the first word typed to the ticked documents. */
export async function citizenWalk(page, town, seen) {
  const { base } = town.demo;
  await page.goto(`${base}/`);
  await heading(page, 'Was möchten Sie erledigen?');
  await page.locator('main a[href^="/anliegen/"]').first().waitFor();
  await seen('01-start');
  await page.getByLabel('Anliegen suchen').fill('Perso');
  await page.getByText(/Anliegen zu „Perso“/).first().waitFor();
  await seen('02-search');
  await page.locator(`main a[href="/anliegen/${town.service.slug}"]`).first().click();
  await heading(page, town.service.name.de);
  await seen('03-service');
  await page.getByRole('button', { name: 'Termin suchen' }).or(link(page, 'Termin suchen')).first().click();
  await heading(page, 'Wann passt es Ihnen?');
  await page.locator('main').getByRole('button', { name: /\d\d:\d\d/ }).or(page.locator('main label', { hasText: /^\s*\d\d:\d\d/ })).first().waitFor();
  await seen('04-slots');
  await button(page, /Diesen Termin nehmen/).first().click();
  await heading(page, 'Ihre Angaben');
  await seen('05-details');
  // Nothing typed yet: every missing field is named, and what was typed stays.
  await button(page, 'Weiter: Nummer bestätigen').click();
  await page.locator('[aria-invalid="true"]').first().waitFor();
  await seen('06-details-missing');
  await fillDetails(page, '0171 3920096');
  await button(page, 'Weiter: Nummer bestätigen').click();
  await heading(page, 'Code aus der SMS');
  await seen('07-code');
  // A wrong code costs one of five tries and says how many are left.
  await page.getByLabel(/6 Ziffern/).fill('000000');
  await button(page, 'Termin verbindlich buchen').click();
  await page.getByText(/Noch 4 Versuche/).waitFor();
  await seen('07-code-wrong');
  await typeCode(page, town, '0171 3920096');
  const bookNow = button(page, 'Termin verbindlich buchen');
  if (await bookNow.isVisible().catch(() => false)) await bookNow.click().catch(() => {});
  await page.waitForURL(/\/t\//);
  await heading(page, 'Ihr Termin ist gebucht');
  await seen('08-confirmed');
  // What is packed stays ticked, also after a reload; the second visit congratulates no more.
  await page.getByRole('checkbox').first().check();
  await eventually('the tick is stored', () => page.evaluate(storedTicks));
  await page.reload();
  await heading(page, /^Ihr Termin$/);
  await eventually('the tick is remembered', () => page.getByRole('checkbox').first().isChecked());
  await button(page, 'Absagen').click();
  await heading(page, 'Termin absagen?');
  await seen('08-cancel');
  await button(page, 'Nein, ich komme').click();
  await page.goto(`${base}/meine`);
  await page.locator('main h1').first().waitFor();
  await seen('09-mine');
  await page.goto(`${base}/hilfe`);
  await page.locator('main h1').first().waitFor();
  await seen('10-help');
  await page.goto(`${base}/gibt-es-nicht`);
  await heading(page, 'Diese Seite gibt es nicht');
  await seen('10-not-found');
}

const FAMILY_PHONE = '0171 3920071';
const SECOND_SERVICE = 'reisepass-beantragen';

/** Two services for two persons in one visit, moved to another day and cancelled in the end; by keyboard where it is typed. */
export async function familyWalk(page, town, seen) {
  const { base } = town.demo;
  const { duration_min: first } = await town.api.get(`/services/${town.service.slug}`);
  const { duration_min: second, name } = await town.api.get(`/services/${SECOND_SERVICE}`);
  await page.goto(`${base}/anliegen/${town.service.slug}`);
  await heading(page, town.service.name.de);
  await button(page, 'eine Person mehr').click();
  await page.getByText(new RegExp(`Termin dauert ${2 * first}\\b`)).waitFor();
  await button(page, 'Weiteres Anliegen im selben Termin').click();
  await page.getByLabel('Anliegen suchen').fill('Reisepass');
  await page.locator(`main a[href="/anliegen/${SECOND_SERVICE}"]`).first().click();
  await heading(page, name.de);
  await button(page, 'eine Person mehr').click();
  await seen('12-second-service');
  await button(page, 'In denselben Termin nehmen').click();
  await heading(page, 'Wann passt es Ihnen?');
  await page.locator('main .slots button').first().waitFor();
  await seen('12b-times-for-both');

  await button(page, /Diesen Termin nehmen/).first().click();
  await heading(page, 'Ihre Angaben');
  await fillDetails(page, FAMILY_PHONE);
  await page.keyboard.press('Enter');
  await heading(page, 'Code aus der SMS');
  await typeCode(page, town, FAMILY_PHONE);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/t\//);
  await heading(page, 'Ihr Termin ist gebucht');
  for (const one of [town.service.name.de, name.de]) await page.getByText(one).first().waitFor();
  const booked = await appointmentOf(page, town);
  const minutes = (Date.parse(booked.ends_at) - Date.parse(booked.starts_at)) / 60_000;
  if (booked.items.some((item) => item.quantity !== 2) || booked.items.length !== 2 || minutes < 2 * Math.max(first, second)) {
    throw new Error(`two services for two persons, not ${JSON.stringify(booked.items)} in ${minutes} min`);
  }
  await seen('12c-booked-for-both');

  await link(page, 'Verschieben').or(button(page, 'Verschieben')).first().click();
  await heading(page, 'Termin verschieben');
  await page.locator('main .slots button').last().click();
  await seen('12d-move');
  await button(page, 'Auf diese Zeit verschieben').click();
  await page.waitForURL(/\/t\//);
  await eventually('the appointment has moved', async () => (await appointmentOf(page, town)).starts_at !== booked.starts_at);
  const moved = await appointmentOf(page, town);
  if (moved.check_in_code !== booked.check_in_code || moved.items.length !== 2) throw new Error('code and services stay');
  await seen('12e-moved');

  await button(page, 'Absagen').click();
  await button(page, 'Ja, Termin absagen').click();
  await heading(page, 'Ihr Termin ist abgesagt');
  await seen('12f-cancelled');
}

/** The appointment whose page is open, as the server tells it. */
function appointmentOf(page, town) {
  const link = new URL(page.url()).pathname.split('/')[2];
  return town.api.get('/appointment', { token: link });
}
