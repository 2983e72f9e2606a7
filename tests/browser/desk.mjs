// Desk scenes beyond the plain call: sending on, notes, minutes, parking, calls for help, two tabs, a line that is cut, the week.
import { eventually, login, open } from './lib.mjs';

const button = (page, name) => page.getByRole('button', { name });
const dialog = (page) => page.locator('dialog[open]');

async function signIn(page, town, path, role) {
  const account = login(town.demo, role);
  await page.goto(`${town.demo.base}${path}`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
}

/** Somebody without appointment at the terminal of the office. */
async function walkIn(town) {
  const body = { service: town.service.slug, language: 'de' };
  return (await town.api.post('/tickets', body, { token: town.terminal })).ticket;
}

/** A free counter of the zone in which they wait, opened for this session. */
async function sitDown(town, cookie, letter) {
  const counters = await town.api.get('/counters', { cookie });
  const mine = counters.find((it) => it.office.id === town.office.id && it.zone_letter === letter && it.state === 'closed');
  if (!mine) throw new Error(`every counter of zone ${letter} is open`);
  await town.api.post(`/counters/${mine.id}/open`, {}, { cookie });
  return mine;
}

/** In a lively town others call, too: somebody of ours is called by name of the counter. */
async function callOurs(town, cookie, counter) {
  for (;;) {
    const ticket = await walkIn(town);
    const called = await town.api.post(`/visits/${ticket.visit_id}/call`, { counter_id: counter.id }, { cookie }).catch(() => null);
    if (called) return ticket;
  }
}

const cookieOf = async (page) => {
  const all = await page.context().cookies();
  const session = all.find((it) => it.name.startsWith('__Host-'));
  return `${session.name}=${session.value}`;
};

/** Signed in, with a counter open for somebody who has just come in. */
async function startWork(page, town) {
  await signIn(page, town, '/desk/counter', 'desk');
  await page.getByRole('heading', { name: 'An welchem Platz arbeiten Sie?' }).waitFor();
  const cookie = await cookieOf(page);
  const { zone } = await walkIn(town);
  return { cookie, counter: await sitDown(town, cookie, zone.letter) };
}

/** Called, noted, sent on, parked and back: one person's way through the house. */
export async function helpingWalk(page, town, seen) {
  const { cookie, counter } = await startWork(page, town);
  const called = await callOurs(town, cookie, counter);
  await page.goto(`${town.demo.base}/desk`);
  await button(page, /^Person ist da/).click();
  await button(page, /^Fertig/).waitFor();

  await button(page, 'Notiz schreiben').click();
  await page.getByLabel('Neue Notiz').fill('Braucht noch die Meldebescheinigung');
  await page.keyboard.press('Enter');
  await page.getByText('Die Notiz ist gespeichert.').first().waitFor();
  await page.locator('.noted').getByText('Braucht noch die Meldebescheinigung').waitFor();
  // The bar with "Fertig" stays in sight over it: a person scrolls.
  await page.locator('.noted ~ button, [id$="-add"]').first().evaluate((it) => it.scrollIntoView({ block: 'center' }));
  await seen('10-note');

  // Park and back, by keys alone.
  await page.keyboard.press('F9');
  await dialog(page).getByLabel('Grund (freiwillig)').fill('holt ein Foto');
  await page.keyboard.press('Enter');
  await page.getByText(`${called.number} ist geparkt.`).first().waitFor();
  await page.locator('#parked-title').waitFor();
  await seen('11-parked');
  await button(page, new RegExp(`Zurückholen.*${called.number}`)).click();
  await page.getByText(`${called.number} ist zurückgeholt.`).first().waitFor();

  // Out of the list: minutes, with a reason. In a full house the list shows the first few only.
  const all = button(page, /^Alle \d+ zeigen/);
  if (await all.count()) await all.click();
  await button(page, new RegExp(`${called.number}: Einzelheiten`)).click();
  await dialog(page).getByText('Reihenfolge ändern').click();
  await dialog(page).getByLabel('Grund', { exact: true }).fill('war schon dran');
  await seen('12-minutes');
  await dialog(page).getByRole('button', { name: 'Ändern' }).click();
  await page.getByText(new RegExp(`${called.number} ist jetzt um .* fällig`)).first().waitFor();
  await page.keyboard.press('Escape');
  await eventually('the window is closed', async () => (await dialog(page).count()) === 0);

  // Called again, and sent on by keys.
  await town.api.post(`/visits/${called.visit_id}/call`, { counter_id: counter.id }, { cookie });
  await button(page, /^Person ist da/).waitFor();
  await page.keyboard.press('F7');
  await dialog(page).getByLabel('Ziel suchen').waitFor();
  await dialog(page).locator('.place').first().waitFor();
  await seen('13-transfer');
  const other = dialog(page).locator('.place', { hasNot: page.getByText(`Wartezone ${called.zone.letter}`) }).first();
  await other.getByRole('radio').check();
  await dialog(page).getByRole('button', { name: 'Weiterleiten', exact: true }).click();
  // Where nobody serves it asks once more.
  const insist = dialog(page).getByRole('button', { name: 'Trotzdem weiterleiten' });
  const told = page.getByText(new RegExp(`${called.number} hat jetzt die Nummer`)).first();
  await Promise.race([insist.waitFor(), told.waitFor()]);
  if (await insist.isVisible()) {
    await seen('13b-nobody-there');
    await insist.click();
  }
  await told.waitFor();
  await seen('13c-sent-on');
  await town.api.post(`/counters/${counter.id}/close`, {}, { cookie });
}

/** Help is called by one key, seen by colleagues, answered by name, ended; and honest without a line. */
export async function emergencyWalk(page, town, seen) {
  const { cookie, counter } = await startWork(page, town);
  await page.goto(`${town.demo.base}/desk`);
  await page.locator('.seats, .far').first().waitFor();
  const colleague = await open(page.context().browser(), { width: 1440, height: 900 });
  try {
    await signIn(colleague, town, '/desk/day', 'admin');
    await colleague.locator('.wk-bar').waitFor();
    await page.keyboard.press('F10');
    await page.getByText('Ihr Notruf ist angekommen.').waitFor();
    await seen('14-emergency-mine');
    await dialog(colleague).getByText(`Hilfe an ${counter.name}`).waitFor();
    await seen('14b-emergency', colleague);
    await dialog(colleague).getByRole('button', { name: 'Ich komme' }).click();
    await page.getByText(/Kommt: /).waitFor();
    await seen('14c-emergency-answered');
    await button(page, 'Notruf beenden').click();
    await eventually('it is over everywhere', async () => (await colleague.locator('.sos').count()) === 0);

    // The line is cut: it says so, and goes on trying until it is through.
    await page.context().setOffline(true);
    await page.keyboard.press('F10');
    await page.getByText('Ihr Notruf ist NICHT durchgekommen').waitFor();
    await seen('14d-emergency-lost');
    await page.context().setOffline(false);
    await page.getByText('Ihr Notruf ist angekommen.').waitFor();
    await button(page, 'Notruf beenden').click();
    await eventually('it is over', async () => (await page.locator('.sos').count()) === 0);
  } finally {
    await colleague.context().close();
  }
  await town.api.post(`/counters/${counter.id}/close`, {}, { cookie });
}

/** Two tabs of one person, and a line that is cut in the middle of a press: nobody is called or finished twice. */
export async function twoTabsWalk(page, town, seen) {
  const { cookie, counter } = await startWork(page, town);
  const called = await callOurs(town, cookie, counter);
  await page.goto(`${town.demo.base}/desk`);
  const second = await page.context().newPage();
  second.complaints = page.complaints;
  await second.goto(`${town.demo.base}/desk`);
  for (const tab of [page, second]) await button(tab, /^Person ist da/).waitFor();
  await button(page, /^Person ist da/).click();
  await button(page, /^Fertig/).waitFor();
  await button(second, /^Fertig/).waitFor();
  // Both press at once: one visit is finished, once. Who is slower may find the button gone.
  const late = (error) => {
    if (!/detached|Timeout/.test(String(error))) throw error;
  };
  await Promise.all([button(page, /^Fertig/).click({ timeout: 5000 }).catch(late), button(second, /^Fertig/).click({ timeout: 5000 }).catch(late)]);
  for (const tab of [page, second]) await eventually('the visit has gone', async () => (await button(tab, /^Fertig/).count()) === 0);
  const day = await town.api.get(`/day?office=${town.office.id}`, { cookie });
  const sat = day.counters.flatMap((it) => it.sessions).filter((it) => it.ticket === called.number);
  if (sat.length !== 1) throw new Error(`${called.number} has sat ${sat.length} times`);
  await second.close();

  // The line is cut: the press is told as lost and not repeated by itself.
  const next = await callOurs(town, cookie, counter);
  await button(page, /^Person ist da/).waitFor();
  await page.context().setOffline(true);
  await button(page, /^Person ist da/).click();
  await page.locator('.feedback').getByText(/Verbindung|Netz|erreich/).first().waitFor();
  await seen('15-line-cut');
  await page.context().setOffline(false);
  await button(page, /^Person ist da/).waitFor();
  await town.api.post(`/visits/${next.visit_id}/leave`, {}, { cookie });
  await eventually('the page follows again', async () => (await button(page, /^Person ist da/).count()) === 0);
  await town.api.post(`/counters/${counter.id}/close`, {}, { cookie });
}

/** What a page weighs once everything superfluous is thrown away. */
async function weightOf(page) {
  const tools = await page.context().newCDPSession(page);
  // What the first round lets go of, the next one finds.
  for (let round = 0; round < 3; round += 1) {
    await tools.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(200);
  }
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await tools.send('Memory.getDOMCounters');
  await tools.detach();
  return { bytes: usedSize, nodes, listeners: jsEventListeners };
}

/** As many changes as in eight hours, a cut line among them, in one page that is never loaded again: it grows no heavier. */
export async function longDayWalk(page, town, seen) {
  const { cookie, counter } = await startWork(page, town);
  await page.goto(`${town.demo.base}/desk`);
  await page.locator('.seats, .far').first().waitFor();
  await page.evaluate(() => Object.assign(globalThis, { neverLoadedAgain: true }));
  const serve = async (visitors) => {
    for (let visitor = 0; visitor < visitors; visitor += 1) {
      const { visit_id: visit } = await callOurs(town, cookie, counter);
      await town.api.post(`/visits/${visit}/start`, {}, { cookie });
      await town.api.post(`/visits/${visit}/finish`, { delivered: [{ service: town.service.slug, quantity: 1 }] }, { cookie });
    }
  };
  const quiet = () => eventually('nobody sits here', async () => (await button(page, /^(Person ist da|Fertig)/).count()) === 0);
  // The first hours warm it up; what comes after them must add nothing.
  await serve(130);
  await quiet();
  const before = await weightOf(page);
  await serve(60);
  await page.context().setOffline(true);
  await serve(10);
  await page.context().setOffline(false);
  await serve(60);
  await quiet();
  // What is let go of is cleared away when the browser has time; what stays is a leak.
  let more;
  const light = async () => {
    const after = await weightOf(page);
    more = { kib: Math.round((after.bytes - before.bytes) / 1024), nodes: after.nodes - before.nodes, listeners: after.listeners - before.listeners };
    return more.kib <= 1024 && more.nodes <= 500 && more.listeners <= 100;
  };
  await eventually('the page is as light as before', light, 60_000).catch(() => {
    throw new Error(`the page has become heavier: ${JSON.stringify(more)}`);
  });
  if (!(await page.evaluate(() => globalThis.neverLoadedAgain))) throw new Error('the page was loaded again');

  // And it still works: somebody comes, is called and has gone.
  const last = await callOurs(town, cookie, counter);
  await button(page, /^Person ist da/).click();
  await button(page, /^Fertig/).click();
  await quiet();
  const day = await town.api.get(`/day?office=${town.office.id}`, { cookie });
  if (!day.counters.flatMap((it) => it.sessions).some((it) => it.ticket === last.number)) throw new Error(`${last.number} was not served`);
  await seen('15b-long-day');
  await town.api.post(`/counters/${counter.id}/close`, {}, { cookie });
}

/** The week, the search over all appointments, a counter taken over, and the same in English. */
export async function lookingWalk(page, town, seen) {
  await signIn(page, town, '/desk/week', 'desk');
  await page.locator('.week-cell').first().waitFor();
  await seen('16-week');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('0171 3920097');
  await page.getByText(/in allen Terminen suchen/).waitFor();
  await page.keyboard.press('Enter');
  await dialog(page).getByText(/Kein Termin gefunden|Anliegen/).first().waitFor();
  await seen('17-find');
  await dialog(page).getByLabel('Suchen nach').fill('Exempel');
  await page.keyboard.press('Enter');
  await eventually('it has looked', async () => (await dialog(page).locator('.loader').count()) === 0);
  await page.keyboard.press('Escape');

  const other = await town.api.signIn(login(town.demo, 'admin'));
  const visitor = await walkIn(town);
  const counter = await sitDown(town, other, visitor.zone.letter);
  await page.goto(`${town.demo.base}/desk/counter`);
  const taken = page.locator('details.taken').first();
  await taken.waitFor();
  if (!(await taken.evaluate((it) => it.open))) await taken.locator('summary').click();
  await seen('18-taken');
  await button(page, `${counter.name} übernehmen`).first().click();
  await seen('18b-take-over');
  await dialog(page).getByRole('button', { name: 'Übernehmen' }).click();
  await page.getByRole('heading', { name: 'Aufruf' }).waitFor();
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await page.goto(`${town.demo.base}/desk/week`);
  await page.locator('.week-cell').first().waitFor();
  await seen('19-week-english');
  await town.api.post(`/counters/${counter.id}/close`, {}, { cookie: await cookieOf(page) });
}
