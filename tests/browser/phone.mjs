// The simulated phone: a whole booking by SMS, and the mailboxes.
import { book } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });

/** Writes to the town, waits for its one answer and gives the text; an earlier answer of the same words is not it. */
async function write(page, text, answer) {
  const answers = page.locator('.sim-talk .bubble:not(.bubble--mine)');
  const next = await answers.count();
  await page.getByLabel('SMS an die Stadt').fill(text);
  await button(page, 'Senden').click();
  const latest = answers.nth(next);
  await latest.getByText(answer).waitFor();
  return latest.innerText();
}

export async function smsBookingWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/phone?number=01713920081`);
  await write(page, 'TERMIN', /Wofür\?/);
  const where = await write(page, 'Perso', /Wo\?|spätere\. Antwort mit Zahl/);
  if (where.includes('Wo?')) await write(page, '1', /spätere\. Antwort mit Zahl/);
  await write(page, '1', /Min\. für Sie reserviert/);
  await seen('04-booking');
  await write(page, 'ja bitte', /Termin bestätigt/);
  await write(page, 'VERSCHIEBEN', /spätere\. Antwort mit Zahl/);
  await write(page, '2', /verschiebt/);
  await write(page, 'JA', /Neuer Termin/);
  await seen('05-moved');
  await write(page, 'STORNO', /absagen\?/);
  await write(page, 'JA', /ist abgesagt/);
}

export async function mailsWalk(page, town, seen) {
  await book(town.api, { phone: '0171 3920082', email: 'erika@exempel.example', sms: town.api.sms });
  await page.goto(`${town.demo.base}/phone`);
  await button(page, /E-Mail/).click();
  await page.getByRole('heading', { name: 'E-Mails' }).waitFor();
  await page.getByText('Ihr Termin am').first().click();
  await page.getByText('Ihr Termin ist gebucht.').first().waitFor();
  await seen('06-mails');
}
