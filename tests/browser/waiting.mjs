// The waiting list as people meet it: joining, an offer on another phone, an earlier time for an appointment; and the
// proof of work that keeps programs from holding every slot.
import { createHash } from 'node:crypto';
import { eventually, secondPhone } from './lib.mjs';
import { book } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });
const link = (page, name) => page.getByRole('link', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** Offers are made within half a minute. */
const OFFER_MS = 60_000;

const codeIn = (sms) => /Ihr Code: (\d{6})/.exec(sms)[1];
const addDays = (day, n) => new Date(Date.parse(`${day}T12:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);

/** A slot far enough ahead that it is offered before everybody sees it again. */
const far = (town) => (slots) => slots.find((it) => it.day > addDays(town.today, 3)) ?? slots.at(-1);

const messagesOf = (town, phone) => town.api.get(`/demo/phones/${encodeURIComponent(phone)}`).catch(() => []);

/** Books for a number that may have got codes before. */
async function bookAnew(town, phone, when) {
  const before = (await messagesOf(town, phone)).length;
  const sms = () =>
    eventually('the code of this booking', async () =>
      (await messagesOf(town, phone)).slice(before).map((it) => it.body).find((body) => body.includes('Ihr Code')),
    );
  return book(town.api, { phone, when, sms });
}

async function toSlots(page, town) {
  await page.goto(`${town.demo.base}/anliegen/${town.service.slug}`);
  await button(page, 'Termin suchen').or(button(page, 'Termin vor Ort suchen')).first().click();
  await heading(page, 'Wann passt es Ihnen?');
  await page.locator('main .slots button').first().waitFor();
}

/** The slots page of a town in which everything is taken. */
async function nothingFree(page, town, seen) {
  const real = await town.api.get(`/slots?items=${town.service.slug}:1&days=14`);
  const taken = JSON.stringify({ ...real, days: real.days.map((day) => ({ ...day, free: [] })) });
  await page.route('**/api/v1/slots?*', (route) => route.fulfill({ contentType: 'application/json', body: taken }));
  await page.goto(`${town.demo.base}/anliegen/${town.service.slug}`);
  await button(page, 'Termin suchen').or(button(page, 'Termin vor Ort suchen')).first().click();
  await heading(page, 'Gerade ist nichts frei');
  await seen('11-nothing-free');
  await link(page, 'Auf die Warteliste').click();
  await heading(page, 'Auf die Warteliste');
  await page.unroute('**/api/v1/slots?*');
}

export async function joinWalk(page, town, seen) {
  const phone = '0171 3920086';
  await nothingFree(page, town, seen);
  await toSlots(page, town);
  await link(page, /Auf die Warteliste/).click();
  await heading(page, 'Auf die Warteliste');
  await seen('12-waiting-form');
  await button(page, 'Weiter: Nummer bestätigen').click();
  await page.locator('[aria-invalid="true"]').first().waitFor();
  await seen('12-waiting-form-missing');
  await page.getByText('genauer').click();
  await page.getByLabel('Frühestens um').fill('14:00');
  await page.getByLabel('Fertig bis').fill('12:00');
  await page.getByLabel('Vor- und Nachname').fill('Erika Exempel');
  await page.getByLabel(/Mobilnummer/).fill(phone);
  const address = page.getByLabel(/Anschrift/);
  if (await address.count()) await address.fill('Beispielweg 1, 12345 Musterstadt');
  await button(page, 'Weiter: Nummer bestätigen').click();
  await page.getByRole('link', { name: /Das Ende liegt vor dem Anfang/ }).waitFor();
  await page.getByLabel('Frühestens um').fill('08:00');
  await button(page, 'Weiter: Nummer bestätigen').click();
  await heading(page, 'Code aus der SMS');
  await page.getByLabel(/6 Ziffern/).fill('000000');
  await button(page, 'Auf die Warteliste setzen').click();
  await page.getByText(/Noch 4 Versuche/).waitFor();
  await seen('12-waiting-code');
  // Phones drop a page while the SMS is read.
  await page.reload();
  await heading(page, 'Code aus der SMS');
  await page.getByLabel(/6 Ziffern/).fill(codeIn(await town.api.sms(phone, 'Ihr Code')));
  await button(page, 'Auf die Warteliste setzen').click();
  await heading(page, 'Sie stehen auf der Warteliste');
  await page.getByText('von 8:00 bis 12:00 Uhr').waitFor();
  await seen('13-waiting-list');
  await button(page, 'Von der Warteliste gehen').click();
  await heading(page, 'Von der Warteliste gehen?');
  await seen('13-waiting-leave');
  await button(page, 'Ja, von der Liste gehen').click();
  await heading(page, /kein Eintrag/);
  await seen('13-waiting-empty');
}

/** Somebody who waits for whatever becomes free. */
async function waiting(town, phone) {
  const pending = await town.api.post('/waiting-list', {
    items: [{ service: town.service.slug, quantity: 1 }],
    wish: { from_day: town.today, to_day: addDays(town.today, 30) },
    name: 'Erika Exempel',
    address: 'Beispielweg 1, 12345 Musterstadt',
    phone,
    language: 'de',
  });
  await town.api.post('/waiting-list/verify', { token: pending.token, code: codeIn(await town.api.sms(phone, 'Ihr Code')) });
}

/** The path of an offer that reaches this number after it got so many messages. */
async function offerTo(town, phone, before) {
  const sms = await eventually(
    'an offer by SMS',
    async () => {
      const messages = await messagesOf(town, phone);
      return messages.slice(before).map((it) => it.body).find((body) => body.includes('/a/'));
    },
    OFFER_MS,
  );
  return /\/a\/[A-Za-z0-9]+/.exec(sms)[0];
}

export async function offerWalk(page, town, seen) {
  const phone = '0171 3920099';
  const booked = await bookAnew(town, '0171 3920098', far(town));
  await waiting(town, phone);
  const before = (await messagesOf(town, phone)).length;
  await town.api.post('/appointment/cancel', {}, { token: booked.link });
  const path = await offerTo(town, phone, before);
  // The link is opened on a phone that knows nothing yet; opening it twice changes nothing.
  for (const _ of [1, 2]) {
    await page.goto(`${town.demo.base}${path}`);
    await button(page, 'Nehmen').waitFor();
  }
  await seen('14-offer');
  await button(page, 'Ablehnen').click();
  await heading(page, 'Angebot ablehnen?');
  await seen('14-offer-decline');
  await button(page, 'Zurück zum Angebot').click();
  await ended(page, town, seen, path);
  // The SMS was passed on within the family: it is open on two phones, the second is faster.
  const second = await secondPhone(page);
  for (const phone of [page, second]) {
    await phone.goto(`${town.demo.base}${path}`);
    await button(phone, 'Nehmen').waitFor();
  }
  await button(second, 'Nehmen').click();
  await second.waitForURL(/\/t\//);
  await heading(second, 'Ihr Termin ist gebucht');
  await seen('14-offer-booked', second);
  const token = new URL(second.url()).pathname.split('/').at(-1);
  const mine = await town.api.get('/appointment', { token });
  if (Date.parse(mine.starts_at) !== Date.parse(booked.slot.starts_at)) throw new Error(`offered ${booked.slot.starts_at}, booked ${mine.starts_at}`);
  await button(page, 'Nehmen').click();
  await heading(page, 'Sie haben diesen Termin genommen');
  await seen('14-offer-taken-elsewhere');
  await second.goto(`${town.demo.base}${path}`);
  await heading(second, 'Sie haben diesen Termin genommen');
  await seen('14-offer-taken', second);
  await link(second, 'Termin ansehen').click();
  await heading(second, /Ihr Termin/);
  await second.context().close();
  await town.api.post('/appointment/cancel', {}, { token });
}

/** How the page looks when the offer is over; the town need not be waited for. */
async function ended(page, town, seen, path) {
  const token = path.split('/').at(-1);
  const real = await town.api.post('/offers/show', { token });
  const states = { expired: /abgelaufen/, declined: /abgelehnt/ };
  for (const [state, title] of Object.entries(states)) {
    await page.route('**/api/v1/offers/show', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...real, state }) }));
    await page.goto(`${town.demo.base}${path}`);
    await heading(page, title);
    await seen(`14-offer-${state}`);
    await page.unroute('**/api/v1/offers/show');
  }
  await page.goto(`${town.demo.base}/a/NICHTBEKANNT`);
  await heading(page, /gibt es nicht/);
  await seen('14-offer-unknown');
}

export async function earlierWalk(page, town, seen) {
  const phone = '0171 3920099';
  // The other one's slot is the one that becomes free.
  const other = await bookAnew(town, '0171 3920098', far(town));
  const later = (slots) => slots.find((it) => it.day > other.slot.day) ?? slots.at(-1);
  const mine = await bookAnew(town, phone, later);
  await page.goto(`${town.demo.base}/t/${mine.link}`);
  await heading(page, 'Früher möglich?');
  await link(page, 'Für früher vormerken').click();
  await heading(page, 'Früher vormerken');
  await page.getByLabel('Spätestens am').waitFor();
  await seen('15-earlier');
  // Something that became free before may be offered at once, and only one offer comes a day.
  const before = (await messagesOf(town, phone)).length;
  await button(page, 'Für einen früheren Termin vormerken').click();
  await heading(page, 'Sie stehen auf der Warteliste');
  await seen('15-earlier-listed');
  await link(page, 'Ihr jetziger Termin').click();
  await page.getByText('Sie sind für einen früheren Termin vorgemerkt.').waitFor();
  await seen('15-earlier-appointment');
  await town.api.post('/appointment/cancel', {}, { token: other.link });
  const path = await offerTo(town, phone, before);
  await page.goto(`${town.demo.base}${path}`);
  await page.getByText(/Er ersetzt Ihren Termin/).waitFor();
  await seen('15-offer-instead');
  await button(page, 'Nehmen').click();
  await page.waitForURL(new RegExp(`/t/${mine.link}`));
  await heading(page, 'Ihr Termin ist gebucht');
  await page.goto(`${town.demo.base}/warteliste`);
  await page.getByText('Termin genommen').waitFor();
  await seen('15-served');
  await town.api.post('/appointment/cancel', {}, { token: mine.link });
}

export async function proofWalk(page, town) {
  const asked = page.waitForResponse((response) => response.url().endsWith('/api/v1/hold-challenges'));
  await toSlots(page, town);
  const { challenge, difficulty } = await (await asked).json();
  if (difficulty < 1) throw new Error('the town asks for no proof');
  const sent = page.waitForRequest((request) => request.url().endsWith('/api/v1/holds') && request.method() === 'POST');
  await button(page, /Diesen Termin nehmen/).first().click();
  const request = await sent;
  const { proof } = request.postDataJSON();
  const hash = createHash('sha256').update(`${proof.challenge}:${proof.nonce}`).digest();
  if (proof.challenge !== challenge || hash.readUInt32BE(0) >>> (32 - difficulty) !== 0) {
    throw new Error(`no proof: ${JSON.stringify(proof)} gives ${hash.toString('hex')}`);
  }
  if (!/^[0-9a-f-]{36}$/.test(request.headers()['device-id'] ?? '')) throw new Error('the browser has no name');
  await heading(page, 'Ihre Angaben');
}
