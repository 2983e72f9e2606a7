// The walk through every page of every surface, told once: the journeys judge each page, the pictures keep it.
// A scene gets a page and `seen(name)`, which is called whenever a page stands as a person would see it.
import { eventually, login } from './lib.mjs';
import { fullHouseWalk, hereWalk, onlineWalk, thirtyOfflineWalk, todayWalk } from './arrival.mjs';
import { citizenWalk, familyWalk } from './citizen.mjs';
import { correctionsWalk } from './corrections.mjs';
import { emergencyWalk, helpingWalk, longDayWalk, lookingWalk, twoTabsWalk } from './desk.mjs';
import { firefoxWalk } from './firefox.mjs';
import { keyboardWalk } from './keyboard.mjs';
import { controlWalk, observerWalk, opsPhoneWalk, opsWalk } from './ops.mjs';
import { mailsWalk, smsBookingWalk } from './phone.mjs';
import { planningWalk } from './planning.mjs';
import { pushWalk } from './push.mjs';
import { servicesWalk } from './services.mjs';
import { busyTownWalk, deskStatesWalk, lyingTerminalWalk, ticketStatesWalk, timingWalk } from './states.mjs';
import { statisticsPhoneWalk, statisticsWalk } from './statistics.mjs';
import { wordingsWalk } from './wordings.mjs';
import { PHONE, book, checkIn, enrol, freeSlots, perso } from './town.mjs';
import { earlierWalk, joinWalk, offerWalk, proofWalk } from './waiting.mjs';

const TERMINAL = { width: 1080, height: 1920, touch: true };
const DISPLAY = { width: 1920, height: 1080 };
const WORK = { width: 1440, height: 900 };

const button = (page, name) => page.getByRole('button', { name });
const link = (page, name) => page.getByRole('link', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** What several scenes need and only one makes: the office, the terminal, one visitor who is waiting. */
export async function prepare(demo, api) {
  const admin = await api.signIn(login(demo, 'admin'));
  const desk = await api.signIn(login(demo, 'desk'));
  const service = await perso(api);
  const slots = await freeSlots(api, service);
  const { offices } = await api.get('/town');
  const office = offices.find((it) => it.id === slots[0].office_id);
  const terminal = await enrol(api, admin, 'terminal', office);
  const display = await enrol(api, admin, 'display', office);
  return { demo, api, admin, desk, service, office, today: slots[0].day, terminal, display };
}

/** A visitor with an appointment today at this office, who typed the code at the terminal. */
async function waitingVisitor(town, phone) {
  const booked = await bookToday(town, phone);
  const arrived = await checkIn(town.api, town.terminal, booked.appointment.check_in_code);
  return { ...booked, ticket: arrived.ticket };
}

function bookToday(town, phone) {
  const here = (slots) => slots.find((it) => it.office_id === town.office.id && it.day === town.today) ?? slots[0];
  return book(town.api, { phone, when: here, sms: town.api.sms });
}

/** The start page knows of waits and free times. */
const told = (page) => page.locator('.k-live dd').first().filter({ hasNotText: '…' }).waitFor();

async function terminalWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/terminal`);
  await page.getByLabel('Anmeldecode').waitFor();
  await seen('01-enrol');
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  await page.reload();
  await button(page, /Ich habe einen Code/).waitFor();
  await told(page);
  await seen('02-start');

  const booked = await bookToday(town, '0171 3920091');
  await button(page, /Ich habe einen Code/).click();
  await heading(page, 'Ihr Code, bitte');
  await seen('03-code');
  const digits = booked.appointment.check_in_code.replace('-', '');
  const type = async (code) => {
    for (const digit of code) await page.getByRole('button', { name: digit, exact: true }).click();
  };
  // A slip of one digit is told before anything is asked of the server.
  const slip = digits.slice(0, 7) + String((Number(digits[7]) + 1) % 10);
  await type(slip);
  await page.getByRole('alert').waitFor();
  await seen('04-slip');
  await type(digits);
  await button(page, 'Weiter').click();
  await heading(page, /Ihre Nummer/);
  await button(page, 'Vorlesen').waitFor();
  await seen('05-success');
  await button(page, 'Fertig').click();

  // Without an appointment: a number drawn here.
  await button(page, /Ich habe keinen Termin/).click();
  await heading(page, 'Worum geht es?');
  await page.getByRole('listitem').first().waitFor();
  await seen('06-services');
  await page.locator('main li button').first().click();
  await heading(page, 'Heute ohne Termin');
  await seen('07-choose');
  await button(page, /^Jetzt warten/).click();
  await button(page, /Nein, ohne SMS/).waitFor();
  await seen('08-phone-for-ticket');
  await button(page, /Nein, ohne SMS/).click();
  await heading(page, /Ihre Nummer/);
  await seen('09-drawn');
  await button(page, 'Fertig').click();

  await button(page, /Auskunft/).first().click();
  await heading(page, 'Auskunft');
  await seen('10-info');
  await page.goto(`${town.demo.base}/terminal`);
  await button(page, /Ich habe einen Code/).click();
  await button(page, 'Code verloren').click();
  await heading(page, 'Code verloren?');
  await seen('11-lost-code');
}

async function terminalOtherDayWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  const later = (slots) => slots.find((it) => it.day !== town.today) ?? slots.at(-1);
  const booked = await book(town.api, { phone: '0171 3920092', when: later, sms: town.api.sms });
  await button(page, /Ich habe einen Code/).click();
  for (const digit of booked.appointment.check_in_code.replace('-', '')) {
    await page.getByRole('button', { name: digit, exact: true }).click();
  }
  await button(page, 'Weiter').click();
  await heading(page, /Ihr Termin ist/);
  await page.getByText(/^Frei um/).waitFor();
  await seen('12-other-day');
  await button(page, /Auf heute verschieben/).click();
  const times = page.getByRole('group', { name: 'Wann möchten Sie heute dran sein?' }).getByRole('button');
  await times.last().click();
  await seen('12b-move');
  // Somebody else is faster once: the times are asked again, and nothing was given up.
  await page.route('**/api/v1/check-ins/move', (route) => route.fulfill(problem('slot_taken', null)));
  await button(page, /verschieben und anmelden$/).click();
  await heading(page, 'Diese Zeit ist eben weg');
  await times.last().waitFor();
  await seen('12c-taken');
  await page.unroute('**/api/v1/check-ins/move');
  await times.last().click();
  await button(page, /verschieben und anmelden$/).click();
  await heading(page, /Ihre Nummer/);
  await seen('12d-moved');
  await button(page, 'Fertig').click();
}

/** An answer the demo gives only to somebody unlucky. */
const problem = (code, data, status = 409) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: code, status, code, detail: { de: code }, fields: [], request_id: 'scene', data }),
});

/** A code whose check digit holds; the town never gave it to anybody. */
const NOBODYS_CODE = '48291372';

async function typeAtTerminal(page, code) {
  await button(page, /Ich habe einen Code/).click();
  for (const digit of code) await page.getByRole('button', { name: digit, exact: true }).click();
  await button(page, 'Weiter').click();
}

async function terminalRefusalsWalk(page, town, seen) {
  const now = Date.parse((await town.api.get('/town')).clock.now);
  const at = (minutes) => new Date(now + minutes * 60_000).toISOString();
  const refusals = [
    ['13-unknown', 'check_in_code_unknown', { tries_left: 2 }, 404],
    ['14-too-many-tries', 'too_many_tries', { retry_at: at(15) }, 429],
    ['15-other-office', 'check_in_other_office', { office_name: 'Stadtteilbüro', street: 'Beispielweg 5', starts_at: at(20) }],
    ['16-expired', 'check_in_expired', { starts_at: at(-130) }],
    ['17-cancelled', 'check_in_cancelled', null],
  ];
  for (const [name, code, data, status] of refusals) {
    await page.route('**/api/v1/check-ins', (route) => route.fulfill(problem(code, data, status)));
    await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
    await page.reload();
    await typeAtTerminal(page, NOBODYS_CODE);
    await page.getByRole('alert').first().waitFor();
    await seen(name);
    await page.unroute('**/api/v1/check-ins');
  }
  await page.goto(`${town.demo.base}/terminal`);
  await page.reload();
  await button(page, /Größer/).click();
  await told(page);
  await seen('18-large');
  await button(page, /Kleiner/).click();
  await button(page, 'English').click();
  await button(page, /I have a code/).waitFor();
  await told(page);
  await seen('19-english');
}

async function terminalOfflineWalk(page, town, seen) {
  await page.clock.install();
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  await button(page, /Ich habe einen Code/).waitFor();
  await button(page, /Auskunft/).first().click();
  await heading(page, 'Auskunft');
  await eventually('it asks whether anybody is there', async () => {
    await page.clock.runFor(5_000);
    return page.locator('dialog[open]').count();
  });
  await seen('20-still-there');
  await button(page, 'Ich bin fertig').click();
  await button(page, /Ich habe einen Code/).waitFor();
  await page.context().setOffline(true);
  await eventually('it notices that the line is down', async () => {
    await page.clock.runFor(5_000);
    return page.getByText(/Keine Verbindung seit/).count();
  });
  await seen('21-offline');
  await typeAtTerminal(page, NOBODYS_CODE);
  await heading(page, 'Ihr Code ist gespeichert');
  await seen('22-kept');
  await page.context().setOffline(false);
  await page.route('**/api/v1/terminal', (route) => route.fulfill(problem('device_revoked', null, 401)));
  // Once: the second load would know no more than that nobody has enrolled this terminal.
  await page.reload();
  await eventually('it notices that it was revoked', async () => {
    await page.clock.runFor(5_000);
    return page.getByText('Dieses Terminal wurde abgemeldet').count();
  });
  await seen('23-revoked');
}

async function displayStatesWalk(page, town, seen) {
  const real = { ...(await town.api.get('/display', { token: town.display })), let_in: [], outside: 0 };
  const [zone] = real.zones;
  const called = (digits, counter, age, fresh = false) => ({
    number: `${zone.letter} ${digits}`,
    letter: zone.letter,
    digits,
    counter,
    counter_name: `Platz ${counter}`,
    zone_letter: zone.letter,
    called_at: new Date(Date.parse(real.clock.now) - age * 1_000).toISOString(),
    fresh,
  });
  const states = {
    '03-nobody': { calls: [], recent: [], waiting: 0, wait: null },
    '04-many': {
      calls: [called('012', '3', 2, true), called('011', '11', 15, true), called('010', '21', 60), called('009', '7', 300)],
      recent: ['008', '007', '006', '005'].map((digits, n) => called(digits, String(n + 1), 600)),
      waiting: 23,
      wait: { low_min: 40, high_min: 55 },
    },
    '04b-come-in': {
      calls: [called('012', '3', 40), called('011', '11', 15), called('010', '21', 60), called('009', '7', 300)],
      recent: ['008', '007', '006', '005'].map((digits, n) => called(digits, String(n + 1), 600)),
      let_in: ['022', '023', '024', '025', '026', '027', '028', '029', '030'].map((digits) => `${zone.letter} ${digits}`),
      waiting: 31,
      wait: { low_min: 45, high_min: 60, long: true },
      notice: { de: 'Bitte Ausweis bereithalten. Fotoautomat am Ende des Flurs, 6,00 €. Die Kasse schließt um 12 Uhr.', en: 'Please have your identity card ready.' },
    },
    '05-notice': { calls: [], recent: [called('008', '2', 900)], waiting: 2, notice: { de: 'Heute schließen wir um 14 Uhr.' } },
  };
  for (const [name, parts] of Object.entries(states)) {
    const view = JSON.stringify({ ...real, notice: null, ...parts });
    await page.route('**/api/v1/display', (route) => route.fulfill({ contentType: 'application/json', body: view }));
    await page.route('**/api/v1/display/live', (route) => route.fulfill({ contentType: 'text/event-stream', body: `data: ${view}\n\n` }));
    await page.goto(`${town.demo.base}/display#token=${town.display}`);
    await page.reload();
    await page.locator('.w-strip').waitFor();
    await seen(name);
    await page.unrouteAll();
  }
  await page.clock.install();
  await page.goto(`${town.demo.base}/display#token=${town.display}`);
  await page.reload();
  await page.locator('.w-strip').waitFor();
  await page.context().setOffline(true);
  await eventually('it says that the data are old', async () => {
    await page.clock.runFor(15_000);
    return page.locator('.w-strip--stale').count();
  });
  await seen('06-stale');
}

async function displayWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/display#token=${town.display}`);
  await page.locator('.w-calls, .w-quiet:not(.w-quiet--whole)').first().waitFor();
  await seen('01-normal');
  const visitor = await waitingVisitor(town, '0171 3920093');
  const counter = await freeCounter(town, visitor.ticket.zone.letter);
  const by = { cookie: town.desk };
  await town.api.post(`/counters/${counter.id}/open`, {}, by);
  const visit = `/visits/${visitor.ticket.visit_id}`;
  // The people of the demo work, too: where one of them was faster, their call is the one to see.
  const ours = await town.api.post(`${visit}/call`, { counter_id: counter.id }, by).then(() => true, () => false);
  await page.getByText(visitor.ticket.digits).first().waitFor();
  await seen('02-just-called');
  if (ours) {
    await town.api.post(`${visit}/start`, {}, by);
    await town.api.post(`${visit}/finish`, { delivered: [] }, by);
  }
  await town.api.post(`/counters/${counter.id}/close`, {}, by);
}

/** A counter of the visitor's zone at which nobody works. */
async function freeCounter(town, zone) {
  const counters = await town.api.get('/counters', { cookie: town.desk });
  const found = counters.find((it) => it.office.id === town.office.id && it.zone_letter === zone && it.state === 'closed');
  if (!found) throw new Error(`every counter of zone ${zone} is open`);
  return found;
}

async function signInPage(page, town, path, role) {
  const account = login(town.demo, role);
  await page.goto(`${town.demo.base}${path}`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
}

/** In a lively town another counter may call first: then the next visitor comes. */
const MORE_VISITORS = ['0171 3920072', '0171 3920073', '0171 3920074', '0171 3920075', '0171 3920076', '0171 3920077'];
const soon = (locator) => locator.waitFor({ timeout: 5_000 }).then(() => true, () => false);

async function somebodyIsNext(page, town) {
  const next = button(page, /aufrufen$/).first();
  // A number may be that of somebody in the town who has booked: then the one after it.
  while (!(await soon(next)) && MORE_VISITORS.length > 0) await waitingVisitor(town, MORE_VISITORS.shift()).catch(() => {});
  await next.waitFor();
}

async function callSomebody(page, town) {
  const here = button(page, /^(Fertig|Person ist da)/).first();
  do {
    await somebodyIsNext(page, town);
    await button(page, /aufrufen$/).first().click({ timeout: 5_000 }).catch(() => {});
  } while (!(await soon(here)) && MORE_VISITORS.length > 0);
  await here.waitFor();
}

async function deskWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/desk`);
  await page.getByLabel('Anmeldename').waitFor();
  await seen('01-sign-in');
  await signInPage(page, town, '/desk', 'desk');
  await heading(page, 'An welchem Platz arbeiten Sie?');
  await button(page, /^Platz .* öffnen/).first().waitFor();
  await seen('02-counters');
  const visitor = await waitingVisitor(town, '0171 3920094');
  const free = await freeCounter(town, visitor.ticket.zone.letter);
  await button(page, new RegExp(`${free.name} öffnen`)).first().click();
  await heading(page, 'Aufruf');
  await somebodyIsNext(page, town);
  await seen('03-calls');
  const everywhere = button(page, /^Ganzes Haus/);
  if (await everywhere.count()) {
    await everywhere.click();
    await seen('03b-whole-building');
    await page.locator('.scope button').first().click();
  }
  await callSomebody(page, town);
  await seen('04-called');
  await button(page, 'Nicht erschienen').last().click();
  await page.getByRole('dialog').getByText(/nicht erschienen\?/).waitFor();
  await seen('04b-not-there');
  await page.keyboard.press('Escape');
  await button(page, /^Person ist da/).click();
  await button(page, /^Fertig/).waitFor();
  await seen('04c-serving');
  await button(page, 'Folgetermin').click();
  await page.getByText(/^Folgetermin für /).waitFor();
  await page.locator('.opt input').first().waitFor();
  await seen('04c2-follow-up');
  await page.getByRole('link', { name: 'Aufruf' }).first().click();
  await button(page, /^Fertig/).waitFor();
  await button(page, /^Fertig/).click();
  await page.getByText(/ist fertig/).first().waitFor();
  await seen('04d-finished');
  await button(page, 'Pause').first().click();
  await heading(page, 'Sie machen Pause');
  await seen('04e-pause');
  await button(page, 'Pause beenden').first().click();
  await page.keyboard.press('F1');
  await page.getByRole('dialog').getByText('Hilfe und Tasten').waitFor();
  await seen('04f-help');
  await page.keyboard.press('Escape');
  for (const [address, name] of [
    ['/desk/day', '05-day'],
    ['/desk/day?view=list', '05b-day-list'],
    ['/desk/caller', '06-caller'],
  ]) {
    await page.goto(`${town.demo.base}${address}`);
    await page.locator('h1').first().waitFor();
    await eventually('it is loaded', async () => (await page.locator('.loader').count()) === 0);
    await seen(name);
  }
  // A call without the mouse: service, time, name, number, in the order in which people say them.
  const keys = page.keyboard;
  const typing = (label) => eventually(`typing goes to ${label}`, () => page.getByLabel(label).first().evaluate((it) => it === document.activeElement));
  await page.goto(`${town.demo.base}/desk/day`);
  await page.locator('h1').first().waitFor();
  await keys.press('F6');
  await typing('Anliegen');
  await keys.type('Perso');
  await keys.press('Enter');
  await page.locator('.opt input:checked:focus').waitFor();
  await seen('06b-caller-times');
  await button(page, 'Link zum Selbstbuchen').click();
  const invitation = await page.getByRole('dialog').getByLabel('Link', { exact: true }).inputValue();
  if (!/\/anliegen\/[a-z0-9-]+~\d{8}~/.test(invitation)) throw new Error(`no invitation: ${invitation}`);
  await seen('06b2-invitation');
  await keys.press('Escape');
  await page.locator('.opt input:checked').focus();
  await keys.press('ArrowDown');
  await keys.press('Enter');
  await typing('Name');
  await keys.type('Exempel, Ida');
  await keys.press('Enter');
  await typing(/^Mobilnummer/);
  await keys.type('0171 3920098');
  await keys.press('Control+Enter');
  await heading(page, 'Der Termin ist gebucht');
  await seen('06c-caller-done');
  // The caller remembers the dentist: another time, and back again.
  await button(page, 'Verschieben').click();
  await page.locator('.dlg .opt input:checked').waitFor();
  await seen('06d-move');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText(/Der Termin von Exempel, Ida ist jetzt/).first().waitFor();
  await seen('06e-moved');
  await button(page, 'Rückgängig').click();
  await page.getByText(/Der Termin von Exempel, Ida ist wieder/).first().waitFor();
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await page.goto(`${town.demo.base}/desk`);
  await page.getByRole('navigation').getByText('Calls').first().waitFor();
  await eventually('it is loaded', async () => (await page.locator('.loader').count()) === 0);
  await seen('09-english');
}

async function adminWalk(page, town, seen) {
  await signInPage(page, town, '/desk/devices', 'admin');
  await heading(page, 'Geräte');
  await seen('07-devices');
  await page.goto(`${town.demo.base}/desk/staff`);
  await page.locator('h1').first().waitFor();
  await seen('08-staff');
}

async function ticketWalk(page, town, seen) {
  const visitor = await waitingVisitor(town, '0171 3920097');
  await page.goto(`${town.demo.base}/t/${visitor.link}`);
  await page.getByText(visitor.ticket.digits).first().waitFor();
  await seen('11-ticket');
}

async function phoneWalk(page, town, seen) {
  await bookToday(town, PHONE);
  await page.goto(`${town.demo.base}/phone`);
  // The number stands in what is said about a new message, too.
  const number = page.locator('.sim-number', { hasText: '0171 3920095' });
  await number.waitFor();
  await seen('01-phones');
  await number.click();
  await page.locator('.sim-main').getByText(/Termin bestätigt/).first().waitFor();
  await seen('02-messages');
  await button(page, 'INFO').click();
  const send = button(page, 'Senden');
  if (await send.isEnabled()) await send.click();
  await page.locator('.sim-main').getByText(/INFO/).first().waitFor();
  await seen('03-reply');
}

/** Every scene; `view` is the screen it is made for. What is lively needs a town at work, and is for pictures only. */
export const scenes = [
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: citizenWalk },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: familyWalk, what: 'two services for two persons' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: ticketWalk, what: 'ticket' },
  { name: 'citizen', view: { width: 360, height: 740, touch: true }, dark: true, run: ticketStatesWalk, what: 'ticket states' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: joinWalk, what: 'waiting list' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: offerWalk, what: 'offer' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: earlierWalk, what: 'earlier' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, run: proofWalk, what: 'proof of work' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: correctionsWalk, what: 'corrections' },
  { name: 'citizen', view: { width: 390, height: 844 }, run: keyboardWalk, what: 'keyboard' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: pushWalk, what: 'notifications' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: hereWalk, what: 'here' },
  { name: 'citizen', view: { width: 390, height: 844, touch: true }, dark: true, run: todayWalk, what: 'today' },
  { name: 'firefox', view: { width: 390, height: 844 }, run: firefoxWalk, what: 'notifications' },
  { name: 'terminal', view: TERMINAL, run: terminalWalk },
  { name: 'terminal', view: TERMINAL, run: terminalOtherDayWalk, what: 'other day' },
  { name: 'terminal', view: TERMINAL, run: terminalRefusalsWalk, what: 'refusals' },
  { name: 'terminal', view: TERMINAL, run: terminalOfflineWalk, what: 'without a line' },
  { name: 'terminal', view: TERMINAL, run: fullHouseWalk, what: 'full house' },
  { name: 'terminal', view: TERMINAL, run: onlineWalk, what: 'online services' },
  { name: 'terminal', view: TERMINAL, run: thirtyOfflineWalk, what: 'thirty offline' },
  { name: 'terminal', view: TERMINAL, run: timingWalk, what: 'timing' },
  { name: 'terminal', view: { width: 1920, height: 1080, touch: true }, run: lyingTerminalWalk, what: 'lying' },
  { name: 'display', view: DISPLAY, run: displayWalk },
  { name: 'display', view: DISPLAY, run: displayStatesWalk, what: 'states' },
  { name: 'desk', view: WORK, run: deskWalk, what: 'day' },
  { name: 'desk', view: WORK, run: adminWalk, what: 'administration' },
  { name: 'desk', view: WORK, run: planningWalk, what: 'planning' },
  { name: 'desk', view: WORK, run: servicesWalk, what: 'services' },
  { name: 'desk', view: WORK, run: wordingsWalk, what: 'texts' },
  { name: 'desk', view: WORK, dark: true, run: statisticsWalk, what: 'statistics' },
  { name: 'desk', view: { width: 390, height: 844, touch: true }, run: statisticsPhoneWalk, what: 'statistics on a phone' },
  { name: 'desk', view: WORK, run: helpingWalk, what: 'sending on' },
  { name: 'desk', view: WORK, run: emergencyWalk, what: 'emergency' },
  { name: 'desk', view: WORK, run: twoTabsWalk, what: 'two tabs' },
  { name: 'desk', view: WORK, run: longDayWalk, what: 'long day' },
  { name: 'desk', view: WORK, run: lookingWalk, what: 'looking' },
  { name: 'desk', view: { width: 1366, height: 768 }, run: deskStatesWalk, what: 'states' },
  { name: 'ops', view: WORK, dark: true, run: opsWalk, what: 'pages' },
  { name: 'ops', view: WORK, dark: true, run: controlWalk, what: 'control' },
  { name: 'ops', view: WORK, run: observerWalk, what: 'only looking' },
  { name: 'ops', view: { width: 390, height: 844, touch: true }, run: opsPhoneWalk, what: 'phone' },
  { name: 'busy', view: { width: 1920, height: 1080 }, run: busyTownWalk, what: 'town', lively: true },
  { name: 'phone-simulator', view: { width: 390, height: 844 }, dark: true, run: phoneWalk },
  { name: 'phone-simulator', view: { width: 390, height: 844 }, dark: true, run: smsBookingWalk, what: 'booking by SMS' },
  { name: 'phone-simulator', view: { width: 390, height: 844 }, dark: true, run: mailsWalk, what: 'mailboxes' },
];

/** Whether a scene is among those named: by its surface (`desk`) or on its own (`desk,services`); all without names. */
export const isWanted = (names) => (scene) =>
  names.length === 0 || names.includes(scene.name) || names.includes(`${scene.name},${scene.what}`);
