// Operations: every page on the desk's screen and on a phone, a number found that stands in no address, a dry run, an
// opt-out lifted with a reason that the log keeps, and what somebody sees who may only look.
import { eventually, login } from './lib.mjs';
import { book } from './town.mjs';

const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** Booked in these scenes only. */
const FOUND = '0171 3920088';
const OPTED_OUT = '0171 3920089';
const STOPPED = '0171 3920087';

async function signIn(page, town, role) {
  const account = login(town.demo, role);
  await page.goto(`${town.demo.base}/ops`);
  await page.getByLabel('Anmeldename').fill(account.login);
  await page.getByLabel('Passwort', { exact: true }).fill(account.password);
  await page.locator('form').getByRole('button', { name: 'Anmelden', exact: true }).click();
  await heading(page, 'Überblick');
  await page.locator('main .kpis').waitFor();
}

const goTo = async (page, town, path, title) => {
  await page.goto(`${town.demo.base}${path}`);
  await heading(page, title);
};

const rows = (page) => page.locator('main table tbody tr');

/** What people wrote: one that was understood, one that was not, and what they say only with a reason. */
async function inboundPage(page, town, seen) {
  for (const body of ['INFO', 'Wo ist mein Termin? Erika Exempel']) {
    await town.api.post(`/demo/phones/${encodeURIComponent(FOUND)}/reply`, { body });
  }
  await goTo(page, town, '/ops/inbound', 'Eingang');
  await rows(page).filter({ hasText: 'Meine Termine' }).first().getByText('beantwortet').waitFor();
  await rows(page).filter({ hasText: 'Abbestellen' }).first().waitFor();
  await seen('06c-inbound');
  await page.getByRole('searchbox').fill(FOUND);
  await rows(page).filter({ hasText: 'Abbestellen' }).waitFor({ state: 'detached' });
  const said = rows(page).filter({ hasText: 'Freier Text' }).first();
  await said.getByRole('button', { name: /^Aufdecken/ }).click();
  await because(page, 'Bürgerin ruft an', 'Aufdecken');
  await page.getByText('Wo ist mein Termin? Erika Exempel').waitFor();
  await seen('06d-inbound-revealed');
  await button(page, 'Wieder verdecken').click();
  await button(page, /^Gescheitert/).click();
  await page.getByText('Nichts passt dazu.').waitFor();
  await seen('06e-inbound-none');
}

/** Somebody who wants no more messages. */
async function optOut(town) {
  await book(town.api, { phone: OPTED_OUT, sms: town.api.sms });
  await town.api.post(`/demo/phones/${encodeURIComponent(OPTED_OUT)}/reply`, { body: 'HALT' });
}

export async function opsWalk(page, town, seen) {
  const booked = await book(town.api, { phone: FOUND, sms: town.api.sms });
  await optOut(town);
  await signIn(page, town, 'ops');
  await page.locator('.barchart canvas').waitFor();
  await seen('01-overview');
  await page.locator('details.below summary').click();
  await page.locator('main .scroll table').waitFor();
  await page.getByLabel('Art im Bild').selectOption('booking_confirmed');
  await seen('01b-table');
  await button(page, '7 Tage').click();
  await heading(page, 'Versand, letzte 7 Tage');
  await page.locator('.barchart canvas').waitFor();
  await seen('01c-week');

  await goTo(page, town, '/ops/messages', 'Nachrichten');
  await rows(page).first().waitFor();
  await seen('02-messages');
  const search = page.getByRole('searchbox');
  await search.fill('zzzz');
  await page.locator('main table').waitFor({ state: 'detached' });
  await seen('02b-nothing-found');
  for (const typed of [FOUND, booked.appointment.check_in_code]) {
    await search.fill(typed);
    await page.getByText('••••0088').first().waitFor();
    if (page.url().includes('0088')) throw new Error(`the number stands in the address: ${page.url()}`);
  }
  await rows(page).first().getByRole('link').click();
  await page.waitForURL(/\/ops\/messages\/./);
  await heading(page, 'Verlauf');
  await seen('03-message');
  await button(page, 'Aufdecken').click();
  await page.getByRole('dialog').waitFor();
  await seen('03b-reveal');
  await page.keyboard.press('Escape');

  await goTo(page, town, '/ops/failed', 'Gescheiterte Nachrichten');
  await page.getByLabel('Aktion', { exact: true }).waitFor();
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await seen('04-failed');
  await page.getByLabel('Aktion', { exact: true }).selectOption('cancel');
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await seen('04b-dry-run');

  await goTo(page, town, '/ops/tomorrow', 'Morgen');
  await page.locator('main table, main .empty').first().waitFor();
  await seen('05-tomorrow');

  await inboundPage(page, town, seen);
  await goTo(page, town, '/ops/opt-outs', 'Abbestellt');
  await page.getByText('••••0089').first().waitFor();
  await seen('06-opt-outs');
  await button(page, 'Abbestellung aufheben: ••••0089').click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await button(dialog, 'Aufheben').click();
  await dialog.getByText('Bitte geben Sie einen Grund an.').first().waitFor();
  await seen('06b-reason-missing');
  await dialog.getByLabel(/^Grund/).fill('am Platz darum gebeten');
  await button(dialog, 'Aufheben').click();
  await page.getByText('Die Abbestellung ist aufgehoben.').first().waitFor();
  await page.getByText('••••0089').waitFor({ state: 'detached' });

  await goTo(page, town, '/ops/log', 'Protokoll');
  await page.getByText('am Platz darum gebeten').first().waitFor();
  await seen('07-log');
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await goTo(page, town, '/ops/failed', 'Failed messages');
  await page.getByLabel('Action', { exact: true }).waitFor();
  await seen('08-english');
}

/** A town with two providers of which one fails, a budget that runs short and codes under guard: the demo has one provider
 *  that never fails. What is pressed on the page goes to the demo all the same. */
async function inTrouble(page) {
  const begun = Date.now();
  const at = (seconds) => new Date(begun + seconds * 1_000).toISOString();
  const answer = (path, change) =>
    page.route(`**/api/v1/ops/${path}`, async (route) => {
      if (route.request().method() !== 'GET') return route.continue();
      const response = await route.fetch();
      return route.fulfill({ response, json: change(await response.json()) });
    });
  const seesIt = { breaker: 'failing', open_since: at(-90), probe_at: at(8), lost_points: 20, calls: 24, bad: 15 };
  await answer('providers', ({ providers: [one] }) => ({
    providers: [
      { ...one, name: 'twilio', weight: 70, state: 'failing', workers: one.workers.map((it) => ({ ...it, ...seesIt })), speed: { limit: 10, rate: 5, blocked_until: at(12) }, outcomes: [{ outcome: 'accepted', count: 212 }, { outcome: 'ambiguous', count: 15 }] },
      { ...one, name: 'seven', weight: 30, speed: { limit: 10, rate: 10, blocked_until: null }, outcomes: [{ outcome: 'accepted', count: 96 }] },
    ],
  }));
  await answer('pauses', (pauses) => ({ ...pauses, providers: ['twilio', 'seven'] }));
  await answer('budget', (budget) => ({ ...budget, used: 4310, level: 'short', held: 12, guarded_since: at(-1260), codes_sent: 48, codes_typed_in: 9 }));
}

/** Fills in the reason a dialog asks for, and does it. */
async function because(page, reason, name) {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Grund/).fill(reason);
  await button(dialog, name).click();
  await dialog.waitFor({ state: 'hidden' });
}

const turn = (page, name) => page.getByRole('switch', { name, exact: true });

export async function controlWalk(page, town, seen) {
  await signIn(page, town, 'ops');
  await goTo(page, town, '/ops/control', 'Steuerung');
  await button(page, 'Alle SMS anhalten').waitFor();
  await page.locator('.hours, .hours-axis, :text("Heute ging noch keine SMS hinaus.")').first().waitFor();
  await seen('11-control');

  // One kind, by keyboard alone: the dialog takes the focus and gives it back, and asks for a reason.
  await page.getByText('Einzelne Arten von Nachrichten').click();
  await turn(page, 'Erinnerung').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await button(dialog, 'Anhalten').click();
  await dialog.getByText('Bitte geben Sie einen Grund an.').first().waitFor();
  await because(page, 'Text wird gerade geprüft', 'Anhalten');
  await page.getByText('Art „Erinnerung“: angehalten.').first().waitFor();
  await page.getByText(/Angehalten seit heute, .* von Britta Probe/).first().waitFor();
  if ((await turn(page, 'Erinnerung').getAttribute('aria-checked')) !== 'false') throw new Error('the switch is still on');
  await seen('11b-paused');
  await goTo(page, town, '/ops', 'Überblick');
  await page.getByText('Angehalten: Art „Erinnerung“.').waitFor();
  await page.getByText('Bitte ansehen').first().waitFor();
  await seen('11c-overview');
  await page.getByRole('main').getByRole('link', { name: 'Zur Steuerung' }).first().click();
  await heading(page, 'Steuerung');
  await turn(page, 'Erinnerung').click();
  await because(page, 'Text ist in Ordnung', 'Weiterlaufen lassen');
  await page.getByText('Art „Erinnerung“: läuft wieder.').first().waitFor();

  await emergencyStop(page, town, seen);
  await budgetAndShares(page, town, seen);
  await page.evaluate(() => localStorage.setItem('lotse.lang', 'en'));
  await goTo(page, town, '/ops/control', 'Controls');
  await button(page, 'Stop all SMS').waitFor();
  await seen('11j-english');
}

/** The emergency stop: nobody presses it by mistake; while it holds what is to leave waits, and codes go to mailboxes. */
async function emergencyStop(page, town, seen) {
  const before = await book(town.api, { phone: STOPPED, sms: town.api.sms });
  await button(page, 'Alle SMS anhalten').click();
  await page.getByRole('dialog').getByText(/Codes gehen nur noch per E-Mail/).waitFor();
  await seen('11d-emergency');
  await page.keyboard.press('Escape');
  await button(page, 'Alle SMS anhalten').click();
  await because(page, 'Verdacht auf Missbrauch', 'Alle SMS anhalten');
  await page.getByRole('heading', { name: 'Alle SMS sind angehalten' }).waitFor();
  await seen('11e-stopped');

  await town.api.post('/appointment/cancel', {}, { token: before.link });
  const refused = await book(town.api, { phone: STOPPED, sms: town.api.sms }).catch(String);
  if (!/"code":"needed_now".*"field":"email"/.test(refused)) throw new Error(`a code by SMS was promised: ${refused}`);
  const byMail = await book(town.api, { phone: STOPPED, email: 'erika@exempel.example', sms: () => town.api.mail('erika@exempel.example', 'Ihr Code') });
  if (!byMail.link) throw new Error('the code came by e-mail, but nothing was booked');

  const ops = await town.api.signIn(login(town.demo, 'ops'));
  const waiting = () => town.api.post('/ops/messages/search', { search: STOPPED, states: ['queued'] }, { cookie: ops }).then(({ messages }) => messages.length);
  await eventually('the cancellation waits', waiting);
  await button(page, /^Weiterlaufen lassen.*Alle SMS/).click();
  await because(page, 'Verdacht geklärt', 'Weiterlaufen lassen');
  await page.getByText('Alle SMS: läuft wieder.').first().waitFor();
  await town.api.sms(STOPPED, 'abgesagt');
}

async function budgetAndShares(page, town, seen) {
  const limit = page.getByLabel('Segmente je Tag');
  await limit.fill('viel');
  await button(page, 'Tagesbudget ändern').click();
  await page.getByText('Bitte geben Sie eine ganze Zahl bis 1.000.000 ein.').first().waitFor();
  await limit.fill('6.000');
  await button(page, 'Tagesbudget ändern').click();
  await page.getByRole('dialog').getByText('Statt 5.000 künftig 6.000 Segmente je Tag.').waitFor();
  await because(page, 'viele Termine diese Woche', 'Budget speichern');
  await page.getByText(/von 6\.000 Segmenten/).first().waitFor();

  await inTrouble(page);
  await page.reload();
  await page.getByText('fällt aus').first().waitFor();
  await page.getByText('20 Punkte durch Fehler verloren').waitFor();
  await page.getByText('wird knapp').waitFor();
  await page.getByText('Je Arbeitsprozess').click();
  await seen('11f-trouble');
  const [twilio, seven] = [page.getByLabel('Anteil von Twilio (0 bis 100)'), page.getByLabel('Anteil von seven.io (0 bis 100)')];
  await twilio.fill('0');
  await page.getByText('So würde verteilt: Twilio springt nur ein, seven.io 100 %.').waitFor();
  await seen('11g-shares');
  await seven.fill('0');
  await button(page, 'Anteile speichern').click();
  await page.getByText('Mindestens ein Anbieter braucht einen Anteil.').waitFor();
  await seven.fill('30');
  await button(page, 'Anteile speichern').click();
  await page.getByRole('dialog').getByText('Ab jetzt: Twilio springt nur ein, seven.io 100 %.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /^Was tun\?.*The provider is not reached/ }).click();
  await heading(page, /^The provider is not reached/);
  await seen('11h-runbook');
  await page.getByRole('link', { name: 'Alle Anleitungen' }).click();
  await heading(page, 'Anleitungen');
  await seen('11h2-runbooks');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
}

export async function observerWalk(page, town, seen) {
  await signIn(page, town, 'observer');
  await seen('09-only-looking');
  await goTo(page, town, '/ops/failed', 'Gescheiterte Nachrichten');
  await button(page, 'Probelauf starten').click();
  await page.getByText('Probelauf, nichts wurde geändert').waitFor();
  await page.getByText(/Sie können hier alles sehen, aber nichts ändern/).first().waitFor();
  if (await page.getByLabel(/^Grund \(/).count()) throw new Error('whoever only looks is asked for a reason');
  await seen('09b-dry-run');
  await goTo(page, town, '/ops/messages', 'Nachrichten');
  await rows(page).first().getByRole('link').click();
  await heading(page, 'Verlauf');
  if (await button(page, 'Aufdecken').count()) throw new Error('whoever only looks may reveal');
  await seen('09c-message');
  await goTo(page, town, '/ops/control', 'Steuerung');
  await page.getByText('Notbremse für SMS').waitFor();
  if (await page.locator('main').getByRole('switch').count()) throw new Error('whoever only looks may stop something');
  if (await page.locator('main form button').count()) throw new Error('whoever only looks may change something');
  if (await button(page, 'Alle SMS anhalten').count()) throw new Error('whoever only looks may stop everything');
  await seen('09d-control');
}

export async function opsPhoneWalk(page, town, seen) {
  await signIn(page, town, 'ops');
  await page.locator('.barchart canvas').waitFor();
  await seen('10-overview');
  for (const [path, title, name] of [
    ['/ops/messages', 'Nachrichten', '10b-messages'],
    ['/ops/failed', 'Gescheiterte Nachrichten', '10c-failed'],
    ['/ops/tomorrow', 'Morgen', '10d-tomorrow'],
    ['/ops/inbound', 'Eingang', '10i-inbound'],
    ['/ops/opt-outs', 'Abbestellt', '10e-opt-outs'],
    ['/ops/log', 'Protokoll', '10f-log'],
    ['/ops/control', 'Steuerung', '10g-control'],
    ['/ops/runbooks/slow', 'Requests take long.', '10h-runbook'],
  ]) {
    await goTo(page, town, path, title);
    await page.locator('main table, main .empty, main .runbook').first().waitFor();
    await seen(name);
  }
}
