// The ways in: "Ich bin da" on the phone, a full house, online services at the terminal, and thirty people at a terminal
// whose line is down.
import { eventually } from './lib.mjs';
import { book, freeSlots } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

const put = (town, path, body) =>
  fetch(`${town.demo.base}/api/v1${path}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', Cookie: town.admin, Origin: town.demo.base },
    body: JSON.stringify(body),
  }).then(async (answer) => {
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  });

/** The device a token belongs to. */
const device = (town) => town.api.get('/device', { token: town.terminal });

/** Says on the phone that the person is here: the wrong digits first, then those of the foyer. */
export async function hereWalk(page, town, seen) {
  const here = (slots) => slots.find((it) => it.office_id === town.office.id && it.day === town.today) ?? slots[0];
  const booked = await book(town.api, { phone: '0171 3920060', when: here, sms: town.api.sms });
  await page.goto(`${town.demo.base}/t/${booked.link}`);
  await heading(page, 'Schon im Haus?');
  await seen('20-here');
  await button(page, 'Ich bin da').click();
  await page.getByRole('alert').waitFor();
  const shown = async () => (await town.api.get('/foyer-code', { token: town.display })).code;
  const wrong = String((Number(await shown()) + 5_000) % 10_000).padStart(4, '0');
  await page.getByLabel('Foyer-Code').fill(wrong);
  await page.keyboard.press('Enter');
  await page.getByText(/Das ist nicht der Foyer-Code/).waitFor();
  await seen('21-here-wrong');
  await page.getByLabel('Foyer-Code').fill(await shown());
  await page.keyboard.press('Enter');
  await page.getByText('Ihre Nummer').first().waitFor();
  await seen('22-here-ticket');
}

/** The board of the day, on its own address, open and closed and without a line. */
export async function todayWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/heute`);
  await heading(page, 'Heute in unseren Häusern');
  await page.locator('.today').first().waitFor();
  await seen('23-today');
  await page.emulateMedia({ media: 'print' });
  await seen('23b-today-printed');
  await page.emulateMedia({ media: 'screen' });
  const real = await town.api.get('/live-board');
  const closed = real.offices.map((it) => ({ ...it, open_now: false, wait: null, waiting: 0, free_today: [] }));
  await page.route('**/api/v1/live-board', (route) =>
    route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...real, offices: closed }) }),
  );
  await page.reload();
  await page.getByText('Gerade geschlossen').first().waitFor();
  await seen('24-today-closed');
  await page.unroute('**/api/v1/live-board');
}

/** A house with room for nobody more, one that wants appointments, and the slip of the printer. */
export async function fullHouseWalk(page, town, seen) {
  const rules = `/planning/admission/${town.office.id}`;
  await put(town, rules, { appointment_only: false, room_limit: 1 });
  try {
    for (let n = 0; n < 6; n += 1) {
      await town.api.post('/tickets', { service: town.service.slug, language: 'de' }, { token: town.terminal });
    }
    // The town's staff calls on meanwhile: what the start page says of it is told apart.
    const real = await town.api.get('/terminal', { token: town.terminal });
    const states = [
      ['24-full', { let_in: [], outside: 3 }, 'Das Haus ist gerade voll'],
      ['24b-come-in', { let_in: ['B 012', 'B 013'], outside: 1 }, /^Bitte hereinkommen/],
    ];
    for (const [name, parts, words] of states) {
      await page.route('**/api/v1/terminal', (route) =>
        route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...real, ...parts }) }),
      );
      await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
      await page.reload();
      await page.getByText(words).waitFor();
      await page.locator('.k-foyer b').waitFor();
      await seen(name);
      await page.unroute('**/api/v1/terminal');
    }
    await button(page, /Ich habe keinen Termin/).click();
    await heading(page, 'Worum geht es?');
    await page.locator('main li button').first().click();
    await button(page, /^Jetzt warten/).click();
    await button(page, /Nein, ohne SMS/).click();
    await heading(page, 'Bitte warten Sie draußen');
    await seen('25-outside');
    await page.emulateMedia({ media: 'print' });
    await page.locator('.paper').waitFor();
    await page.setViewportSize({ width: 302, height: 900 });
    await seen('25b-slip');
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 1080, height: 1920 });
    await button(page, 'Fertig').click();
    await put(town, rules, { appointment_only: true, room_limit: null });
    await page.reload();
    await page.getByText('Heute nur mit Termin').waitFor();
    await seen('26-appointments-only');
  } finally {
    await put(town, rules, { appointment_only: false, room_limit: null });
  }
}

/** An online service that says what it finds of whoever was there before, and leaves something behind itself. */
const SERVICE = `<!doctype html><html lang="de"><title>Dienst</title><h1>Online-Dienst</h1><label>Name <input></label>
<p id="found"></p><script>
document.getElementById('found').textContent = document.cookie || 'niemand';
document.cookie = 'visitor=1; Secure; SameSite=None';
</script></html>`;

/** The town's online services in a frame that forgets: opened, warned, extended, and nothing left in the end. */
export async function onlineWalk(page, town, seen) {
  const { id } = await device(town);
  await put(town, `/devices/${id}/self-service`, { self_service: { minutes: 3, opens: 'in_frame' } });
  // What lies outside the town is played here: nobody is asked.
  await page.context().route(/^https:/, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: SERVICE,
    }),
  );
  try {
    await page.clock.install();
    await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
    await page.reload();
    await button(page, /Online erledigen/).waitFor();
    await page.locator('.k-live dd').first().filter({ hasNotText: '…' }).waitFor();
    await seen('27-start-online');
    await button(page, /Online erledigen/).click();
    await heading(page, 'Das geht online');
    await seen('28-online');
    // The demo town names its own ways online; none of them is asked here.
    const real = await town.api.get(`/services/${town.service.slug}`);
    const online_how = { ...real.online_how, possible: 'yes', url: 'https://dienste.musterstadt.example/antrag' };
    await page.route('**/api/v1/services/*', (route) =>
      route.fulfill({ contentType: 'application/json', body: JSON.stringify({ ...real, online_how }) }),
    );
    await page.locator('main .k-choice').first().click();
    await button(page, /Hier öffnen/).waitFor();
    await seen('29-online-service');
    await button(page, /Hier öffnen/).click();
    await page.frameLocator('.k-frame').getByText('niemand').waitFor();
    await page.frameLocator('.k-frame').getByLabel('Name').fill('Erika Exempel');
    await seen('30-online-frame');
    await page.clock.runFor(125_000);
    await heading(page, 'Brauchen Sie noch Zeit?');
    await seen('31-online-warns');
    await button(page, 'Ja, mehr Zeit').click();
    if (await page.locator('dialog[open]').count()) throw new Error('more time was not given');
    await button(page, 'Fertig, alles löschen').click();
    await button(page, /Ich habe einen Code/).waitFor();
    await page.goBack().catch(() => undefined);
    if (await page.locator('iframe').count()) throw new Error('the way back leads into the session');
    // The next person finds nothing of the one before.
    await page.goto(`${town.demo.base}/terminal`);
    await button(page, /Online erledigen/).click();
    await page.locator('main .k-choice').first().click();
    await button(page, /Hier öffnen/).click();
    await page.frameLocator('.k-frame').getByText('niemand').waitFor();
  } finally {
    await put(town, `/devices/${id}/self-service`, {});
  }
}

/** Thirty people scan their codes while the line is down and the browser is restarted; each has one visit, in order. */
export async function thirtyOfflineWalk(page, town, seen) {
  const COUNT = 30;
  const slots = (await freeSlots(town.api, town.service)).filter((it) => it.day === town.today && it.office_id === town.office.id);
  const codes = [];
  for (let n = 0; codes.length < COUNT && n < 4 * COUNT; n += 1) {
    const slot = slots[n % slots.length];
    const items = [{ service: town.service.slug, quantity: 1 }];
    const body = { items, pool_id: slot.pool_id, starts_at: slot.starts_at, name: `Exempel ${n}` };
    const booked = await town.api.post('/staff/bookings', body, { cookie: town.desk }).catch(() => null);
    if (booked) codes.push(booked.appointment.check_in_code.replace('-', ''));
  }
  if (codes.length < COUNT) throw new Error(`only ${codes.length} of ${COUNT} appointments could be made`);
  const sent = [];
  page.on('request', (request) => request.url().endsWith('/check-ins') && sent.push(request.postDataJSON()));
  await page.goto(`${town.demo.base}/terminal#token=${town.terminal}`);
  await page.reload();
  await button(page, /Ich habe einen Code/).waitFor();
  // Figures are there, so the device is known and with it the key that signs.
  await page.locator('.k-live dd').filter({ hasNotText: '…' }).first().waitFor();
  // The page stays, only what it asks for does not come through.
  await page.route('**/api/v1/**', (route) => route.abort('internetdisconnected'));
  for (const code of codes) {
    await page.keyboard.type(code);
    await page.keyboard.press('Enter');
    await heading(page, 'Ihr Code ist gespeichert');
    await button(page, 'Fertig').click();
    await button(page, /Ich habe einen Code/).waitFor();
  }
  await page.getByText(`${COUNT} gespeicherte Anmeldungen warten.`).waitFor();
  await seen('32-thirty-kept');
  // A power cut: what was kept is still there.
  await page.reload();
  await page.getByText(new RegExp(`${COUNT} gespeicherte Anmeldungen`)).waitFor();
  // Long enough that nobody takes them for people who have come just now.
  const kept = Date.parse((await town.api.get('/town')).clock.now);
  const waited = async () => Date.parse((await town.api.get('/town')).clock.now) >= kept + 40_000;
  await eventually('they have waited for a while', waited, 90_000);
  sent.length = 0;
  await page.unroute('**/api/v1/**');
  const all = async () => sent.length >= COUNT && !(await page.locator('.k-stored').count());
  await eventually('all are handed in', all, 90_000);
  const delivered = sent.map((it) => it.code);
  if (delivered.join() !== codes.join()) throw new Error(`not each once, in order: ${delivered.length}`);
  if (sent.some((it) => !it.signature)) throw new Error('a kept check-in was not signed');
  const queue = await town.api.get(`/queue?office=${town.office.id}`, { cookie: town.desk });
  const came = queue.here.map((visit) => Date.parse(visit.arrived_at));
  // Those whom the town's staff has not called yet.
  const found = sent.filter((it) => came.filter((at) => Math.abs(at - Date.parse(it.tapped_at)) < 2).length === 1);
  if (found.length < COUNT / 2) throw new Error(`only ${found.length} came when they stood there`);
}
