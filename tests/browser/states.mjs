// States that take luck or a long day to meet: told to the pages as the server would tell them, so that each is looked at.
import { eventually, login } from './lib.mjs';
import { book, checkIn } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();
const MINUTE = 60_000;

/** A code whose check digit holds; the town never gave it to anybody. */
const NOBODYS_CODE = '48291372';

const json = (body) => ({ contentType: 'application/json', body: JSON.stringify(body) });
const stream = (body) => ({ contentType: 'text/event-stream', body: `data: ${JSON.stringify(body)}\n\n` });

/** What a page asks for and hears of by itself. */
async function tell(page, path, view) {
  await page.unroute(`**/api/v1/${path}*`).catch(() => undefined);
  await page.unroute(`**/api/v1/${path}/live*`).catch(() => undefined);
  await page.route(`**/api/v1/${path}*`, (route) => route.fulfill(json(view)));
  await page.route(`**/api/v1/${path}/live*`, (route) => route.fulfill(stream(view)));
}

/** Fails where a page is wider than its screen. */
async function nothingBeside(page, name) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (beyond > 0) throw new Error(`${name} is ${beyond} px wider than the screen`);
}

/** Somebody with an appointment today, and the terminal's answer to their code. */
async function arrived(town, phone) {
  const here = (slots) => slots.find((it) => it.office_id === town.office.id && it.day === town.today) ?? slots[0];
  const booked = await book(town.api, { phone, when: here, sms: town.api.sms });
  return { ...booked, answer: await checkIn(town.api, town.terminal, booked.appointment.check_in_code) };
}

async function typeCode(page, open = /Ich habe einen Code/) {
  await button(page, open).click();
  await page.keyboard.type(NOBODYS_CODE);
  await page.keyboard.press('Enter');
}

/** Early, on time, late, too late; in both languages; upstairs; and the page read out. */
export async function timingWalk(page, town, seen) {
  const { answer } = await arrived(town, '0171 3920040');
  const now = Date.parse((await town.api.get('/town')).clock.now);
  const at = (minutes) => new Date(now + minutes * MINUTE).toISOString();
  const upstairs = town.office.zones.find((zone) => !/erd|eg/i.test(zone.floor)) ?? answer.zone;
  const states = {
    '40-early': { timing: 'early', appointment_at: at(35), wait: { low_min: 15, high_min: 25, long: false } },
    '41-on-time': { timing: 'on_time', appointment_at: at(5), wait: { low_min: 0, high_min: 5, long: false } },
    '42-late': { timing: 'late', appointment_at: at(-7), zone: upstairs },
    '43-too-late': { timing: 'too_late', appointment_at: at(-40), wait: { low_min: 45, high_min: 60, long: true } },
    '44-again': { timing: 'on_time', appointment_at: at(5), already: true },
  };
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  await page.reload();
  for (const [name, parts] of Object.entries(states)) {
    await page.route('**/api/v1/check-ins', (route) => route.fulfill(json({ ...answer, ...parts })));
    await typeCode(page);
    await heading(page, /Ihre Nummer/);
    await button(page, 'Vorlesen').waitFor();
    await seen(name);
    await page.unroute('**/api/v1/check-ins');
    if (name !== '40-early') await button(page, 'Fertig').click();
    else {
      await button(page, 'Vorlesen').click();
      await button(page, 'Nicht mehr vorlesen').waitFor();
      await seen('40b-read-out');
      await button(page, 'Fertig').click();
    }
  }
  await button(page, 'English').click();
  await page.route('**/api/v1/check-ins', (route) => route.fulfill(json({ ...answer, ...states['40-early'] })));
  await typeCode(page, /I have a code/);
  await heading(page, /number/i);
  await button(page, /Read/).waitFor();
  await seen('45-english-success');
  await page.getByRole('main').waitFor();
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 302, height: 900 });
  await page.locator('.paper').waitFor();
  await seen('46-english-slip');
}

/** A terminal that lies on its side, and one with very large letters. */
export async function lyingTerminalWalk(page, town, seen) {
  const { answer } = await arrived(town, '0171 3920041');
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  await page.reload();
  await page.locator('.k-live dd').first().filter({ hasNotText: '…' }).waitFor();
  await seen('47-lying');
  await page.route('**/api/v1/check-ins', (route) => route.fulfill(json(answer)));
  await typeCode(page);
  await heading(page, /Ihre Nummer/);
  await button(page, 'Vorlesen').waitFor();
  await seen('48-lying-success');
}

/** A number from the foyer to the counter, as the phone shows it. */
export async function ticketStatesWalk(page, town, seen) {
  const { link, answer } = await arrived(town, '0171 3920042');
  const real = answer.ticket;
  const now = Date.parse((await town.api.get('/town')).clock.now);
  const ago = (minutes) => new Date(now - minutes * MINUTE).toISOString();
  const counter = { name: 'Platz 3', number: '3', way: real.zone.way };
  const states = {
    '30-ahead': [{ state: 'waiting', ahead: 2, wait: { low_min: 5, high_min: 10, long: false } }, real.digits],
    '31-called': [{ state: 'called', counter, called_at: ago(0) }, /Bitte/],
    '32-serving': [{ state: 'serving', counter }, real.digits],
    '33-missed': [{ state: 'missed', rejoin_until: ago(-15) }, real.digits],
    '34-parked': [{ state: 'parked' }, real.digits],
    '35-sent-on': [{ state: 'waiting', ahead: 1, number: 'C 004', letter: 'C', digits: '004', was: real.number, zone: town.office.zones.find((it) => it.letter === 'C') ?? real.zone }, '004'],
    '36-outside': [{ state: 'waiting', ahead: 9, outside: true, wait: { low_min: 25, high_min: 40, long: false } }, real.digits],
    '37-long': [{ state: 'waiting', ahead: 23, wait: { low_min: 45, high_min: 90, long: true } }, real.digits],
    '38-done': [{ state: 'done' }, /./],
  };
  for (const [name, [parts, words]] of Object.entries(states)) {
    await tell(page, 'ticket', { ...real, wait: null, counter: null, called_at: null, ...parts });
    await page.goto(`${town.demo.base}/t/${link}`);
    await page.getByRole('main').getByText(words).first().waitFor();
    await seen(name);
  }
  // In English, and on the narrowest screen: nothing is cut off.
  await tell(page, 'ticket', { ...real, state: 'waiting', ahead: 2, wait: { low_min: 5, high_min: 10, long: false } });
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await page.setViewportSize({ width: 320, height: 640 });
  for (const [path, name] of [[`/t/${link}`, '39-english-ticket'], ['/', '39-english-start'], [`/anliegen/${town.service.slug}`, '39-english-service'], ['/heute', '39-english-today']]) {
    await page.goto(`${town.demo.base}${path}`);
    await page.locator('h1').first().waitFor();
    await eventually('it is loaded', async () => (await page.locator('.loader').count()) === 0);
    await nothingBeside(page, name);
    await seen(name);
  }
}

/** A town in the middle of its day, as the office's head sees it. */
export async function busyTownWalk(page, town, seen) {
  const account = login(town.demo, 'admin');
  await page.goto(`${town.demo.base}/desk/day`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.locator('.blk').first().waitFor();
  await seen('01-full-day');
  for (const [address, name] of [
    ['/desk/day?view=list', '01b-full-day-list'],
    ['/desk/week', '02-week'],
    ['/desk/planning', '03-planning'],
    ['/heute', '04-today'],
    [`/display#token=${town.display}`, '05-display'],
  ]) {
    await page.goto(`${town.demo.base}${address}`);
    await page.locator('h1, .w-calls').first().waitFor();
    await eventually('it is loaded', async () => (await page.locator('.loader').count()) === 0);
    await seen(name);
  }
}

/** The desk when nobody is there, and when everybody is. */
export async function deskStatesWalk(page, town, seen) {
  const account = login(town.demo, 'desk');
  await page.goto(`${town.demo.base}/desk/counter`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await heading(page, 'An welchem Platz arbeiten Sie?');
  const { answer } = await arrived(town, '0171 3920043');
  await button(page, /^Platz .* öffnen/).first().click();
  await heading(page, 'Aufruf');
  const cookie = (await page.context().cookies()).filter((it) => it.name.startsWith('__Host-')).map((it) => `${it.name}=${it.value}`)[0];
  const real = await town.api.get(`/queue?office=${town.office.id}`, { cookie });
  const calm = { ...real, current: null, next: null, here: [], late: [], missed: [], parked: [], expected: [] };
  await tell(page, 'queue', calm);
  await page.reload();
  await heading(page, 'Aufruf');
  await eventually('nobody is there', async () => (await page.locator('.tbl--here tbody tr').count()) === 0);
  await seen('30-nobody');
  const full = fullHouse(real, answer);
  await tell(page, 'queue', full);
  for (const [width, height] of [[1366, 768], [1920, 1080], [360, 740]]) {
    await page.setViewportSize({ width, height });
    await page.reload();
    await button(page, /aufrufen$/).first().waitFor();
    await nothingBeside(page, `the desk at ${width}`);
    await seen(`31-full-house-${width}`);
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.goto(`${town.demo.base}/desk/counter`);
  await town.api.post(`/counters/${real.my_counter.id}/close`, {}, { cookie }).catch(() => undefined);
}

const NAMES = ['Exempel, Jan', 'Beispiel, Ayşe', 'Muster, Karl', 'Zrazok, Olena', 'Vorlage, Mia', 'Örnek, Deniz', 'Probe, Leyla', 'Platzhalter-Musterfrau, Anna-Magdalena'];

/** A queue in which forty people wait, some late, some set aside. */
function fullHouse(real, answer) {
  const now = Date.parse(real.clock.now);
  const at = (minutes) => new Date(now + minutes * MINUTE).toISOString();
  const one = real.here.find((it) => it.id === answer.ticket.visit_id) ?? real.here[0];
  const here = Array.from({ length: 40 }, (_, n) => {
    const digits = String(12 + n).padStart(3, '0');
    return {
      ...one,
      id: crypto.randomUUID(),
      number: `${one.letter} ${digits}`,
      digits,
      name: n % 3 === 2 ? null : NAMES[n % NAMES.length],
      arrived_at: at(-38 + n),
      waited_min: 38 - n,
      due_at: at(n - 6),
      appointment_at: n % 3 === 2 ? null : at(n - 2),
    };
  });
  const next = real.next ? { ...real.next, visit: here[0] } : null;
  const expected = real.expected.slice(0, 1).flatMap((it) => Array.from({ length: 4 }, (_, n) => ({ ...it, booking_id: crypto.randomUUID(), name: NAMES[n], starts_at: at(-20 + n), late_min: 20 - n })));
  const seats = real.seats.map((it, n) =>
    it.mine ? it : { ...it, state: 'serving', ticket: `${one.letter} ${String(n).padStart(3, '0')}`, service: one.items[0].name, since: at(-3 * (n % 7)), planned_min: 15 },
  );
  return { ...real, seats, here, next, late: expected, parked: [{ ...here[5], state: 'parked' }], missed: [{ ...here[6], state: 'missed' }] };
}
