// A day is closed that thirty people have booked: whom it affects, everybody moved with one decision, taken back, and moved
// again for good.
import { eventually, login, secondPhone } from './lib.mjs';
import { book, freeSlots } from './town.mjs';

const PEOPLE = 30;
const button = (page, name) => page.getByRole('button', { name });

/** Of the thirty the one who booked by phone and looks at the appointment again. */
const LOOKS_AGAIN = '0171 3920080';

/** A citizen and twenty-nine callers booked by the desk on one day of the second week; gives the day and the citizen's link. */
async function bookedDay(town) {
  const here = (await freeSlots(town.api, town.service)).filter((slot) => slot.office_id === town.office.id);
  const days = [...new Set(here.map((slot) => slot.day))];
  const day = days.find((one) => one > town.today && here.filter((slot) => slot.day === one).length >= 10) ?? days.at(-1);
  const slots = here.filter((slot) => slot.day === day);
  const { link } = await book(town.api, { phone: LOOKS_AGAIN, when: () => slots[0], sms: town.api.sms });
  for (let n = 1; n < PEOPLE; n += 1) {
    const slot = slots[n % slots.length];
    await town.api.post(
      '/staff/bookings',
      {
        items: [{ service: town.service.slug, quantity: 1 }],
        pool_id: slot.pool_id,
        starts_at: slot.starts_at,
        name: `Exempel ${n + 1}`,
        phone: n < 20 ? `0171 39200${10 + n}` : null,
        language: 'de',
        override: true,
      },
      { cookie: town.desk },
    );
  }
  return { day, link };
}

async function signIn(page, town) {
  const account = login(town.demo, 'admin');
  await page.goto(`${town.demo.base}/desk/planning`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByRole('heading', { name: 'Planung' }).waitFor();
}

export async function planningWalk(page, town, seen) {
  const { day, link } = await bookedDay(town);
  const phone = await secondPhone(page);
  const { starts_at: before } = await town.api.get('/appointment', { token: link });
  await phone.goto(`${town.demo.base}/t/${link}`);
  await phone.getByText(whenSaid(before)).first().waitFor();
  await signIn(page, town);
  await page.locator('.plan-table tbody tr').first().waitFor();
  await seen('09-planning');
  await page.goto(`${town.demo.base}/desk/planning?office=${town.office.id}&day=${day}`);
  await page.locator('.plan-table tbody tr').first().waitFor();

  await button(page, 'Schließung eintragen').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Grund').waitFor();
  await dialog.getByRole('button', { name: 'Wen betrifft das?' }).click();
  await dialog.getByText('Bitte geben Sie einen Grund an.').waitFor();
  await seen('09b-closure-without-reason');
  await dialog.getByLabel('Grund').fill('Betriebsausflug');
  await dialog.getByRole('button', { name: 'Wen betrifft das?' }).click();
  await dialog.getByText(/^Betrifft \d+ Termine/).waitFor();
  await seen('09c-closure-affects');
  await dialog.getByRole('button', { name: 'Schließung eintragen' }).click();

  const rows = page.locator('.plan-conflicts tbody tr');
  await eventually('everybody is on the list', async () => (await rows.count()) >= PEOPLE);
  await seen('09d-conflicts');
  const count = await rows.count();
  await rows.first().getByRole('combobox').selectOption('cancel');
  await button(page, new RegExp(`^${count} Termine entscheiden`)).click();
  await page.getByRole('dialog').getByText(/in fünf Minuten eine Nachricht/).waitFor();
  await seen('09e-decide');
  await button(page, 'Ja, und alle informieren').click();
  await page.getByText(/verschoben, 1 abgesagt/).last().waitFor();
  await page.getByText('Alle Termine passen in die Öffnungszeiten.').waitFor();
  await seen('09f-undo');
  await button(page, 'Zurücknehmen').click();
  await eventually('everybody is back', async () => (await rows.count()) === count);
  await seen('09g-undone');
  await button(page, /Termine entscheiden$/).click();
  await button(page, 'Ja, und alle informieren').click();
  await page.getByText('Alle Termine passen in die Öffnungszeiten.').waitFor();
  await seesTheNewTime(phone, town, link, before);
  await seen('09h-moved-on-a-phone', phone);
  await phone.context().close();

  await button(page, /^Öffnungszeiten/).first().click();
  await dialog.getByText('Regel 1', { exact: true }).waitFor();
  await seen('10-opening');
  await dialog.getByRole('button', { name: 'Regel hinzufügen' }).click();
  await dialog.getByRole('button', { name: 'Wen betrifft das?' }).click();
  await dialog.getByText('Bitte wählen Sie mindestens einen Wochentag.').waitFor();
  await seen('10b-opening-wrong');
  const rule = dialog.getByRole('group', { name: /^Regel \d+$/ }).last();
  await rule.getByLabel('Do', { exact: true }).check();
  await rule.getByLabel('1.', { exact: true }).check();
  await rule.getByLabel('letzter', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Wen betrifft das?' }).click();
  await dialog.getByText('Das betrifft niemanden.').waitFor();
  await seen('10c-opening-of-a-month');
  await page.keyboard.press('Escape');
  await termsWalk(page, seen);
  await page.locator('.plan-history summary').click();
  await page.locator('.plan-history').getByText('Schließung eingetragen').first().waitFor();
  await page.locator('.plan-history').getByText('Buchungsregeln geändert').first().waitFor();
  await seen('11-history');
}

/** Whoever was moved finds the new time under the link they have. */
async function seesTheNewTime(phone, town, link, before) {
  const { starts_at: after, state } = await town.api.get('/appointment', { token: link });
  if (after === before || state !== 'booked') throw new Error(`moved from ${before} to ${after}, ${state}`);
  await phone.reload();
  await phone.getByText(whenSaid(after)).first().waitFor();
  if (await phone.getByText(whenSaid(before)).count()) throw new Error('the old time still stands there');
}

/** `24. November`, as pages say the day of an instant. */
function whenSaid(instant) {
  return new Intl.DateTimeFormat('de-DE', { day: 'numeric', month: 'long', timeZone: 'Europe/Berlin' }).format(new Date(instant));
}

/** The rules of booking: a slip keeps what is typed, the keyboard alone saves. */
async function termsWalk(page, seen) {
  const dialog = page.getByRole('dialog');
  await button(page, 'Buchungsregeln').click();
  const horizon = dialog.getByLabel('Buchbar im Voraus (Tage)');
  await horizon.waitFor();
  await seen('12-terms');
  const before = await horizon.inputValue();
  await horizon.fill('400');
  await page.keyboard.press('Enter');
  await dialog.getByText('Erlaubt sind 1 bis 365.').waitFor();
  await seen('12b-terms-wrong');
  await horizon.fill('bald');
  await page.keyboard.press('Enter');
  await dialog.getByText('Bitte geben Sie eine ganze Zahl ein.').waitFor();
  await horizon.fill(before);
  await page.keyboard.press('Enter');
  await page.getByText('Die Buchungsregeln sind gespeichert.').first().waitFor();
}
