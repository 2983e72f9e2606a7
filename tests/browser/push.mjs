// Notifications on this device: switched on by a tap, a push on its whole way from the town to the screen, switched off
// again, and what stands there where it cannot be.
import { eventually, login, secondPhone } from './lib.mjs';
import { book } from './town.mjs';

const PHONE = '0171 3920070';

const button = (page, name) => page.getByRole('button', { name });
const START = 'Auf diesem Gerät benachrichtigen';
const STOP = 'Auf diesem Gerät nicht mehr benachrichtigen';

/** Headless Chromium has no push service: its subscription is the one of ours. What the town is told is real. */
function subscribeWithOurs(page, subscription) {
  return page.addInitScript((ours) => {
    const KEPT = 'scene-subscribed';
    const given = () => ({
      endpoint: ours.endpoint,
      options: { applicationServerKey: null },
      toJSON: () => ours,
      unsubscribe: async () => {
        localStorage.removeItem(KEPT);
        return true;
      },
    });
    PushManager.prototype.getSubscription = async () => (localStorage.getItem(KEPT) ? given() : null);
    PushManager.prototype.subscribe = async () => {
      localStorage.setItem(KEPT, 'yes');
      return given();
    };
  }, subscription);
}

/** Hands a push to the service worker as the browser does once it has decrypted it. */
async function deliver(page, data) {
  const devtools = await page.context().newCDPSession(page);
  const known = new Promise((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find((it) => !it.isDeleted);
      if (found) resolve(found.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  const origin = new URL(page.url()).origin;
  await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await known, data });
}

/** What the device shows. */
const onScreen = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await registration.getNotifications();
    return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });

export async function pushWalk(page, town, seen) {
  const { base, push } = town.demo;
  const later = (slots) => slots.find((it) => it.day > town.today) ?? slots.at(-1);
  const { link, appointment } = await book(town.api, { phone: PHONE, when: later, sms: town.api.sms });
  await page.context().grantPermissions(['notifications'], { origin: base });
  await subscribeWithOurs(page, push.subscription);
  await page.goto(`${base}/t/${link}`);
  await button(page, START).scrollIntoViewIfNeeded();
  await seen('20-notify-off');
  await button(page, START).click();
  await button(page, STOP).waitFor();
  await seen('21-notify-on');
  // Opened again, the page tells the town again: both know the same.
  const told = page.waitForResponse((it) => it.url().endsWith('/push/browsers'));
  await page.reload();
  if ((await told).status() !== 204) throw new Error('the town was not told again');
  await button(page, STOP).waitFor();

  // A change of the appointment: encrypted by the town, opened by the browser, shown, and said to be shown.
  const { days, places } = await town.api.get('/appointment/slots?days=14', { token: link });
  const day = days.find(({ free, day: it }) => free.length > 0 && it !== appointment.day) ?? days.find(({ free }) => free.length > 0);
  const { place, minutes } = day.free[0];
  const starts_at = new Date(Date.parse(day.begins_at) + minutes[0] * 60_000).toISOString().replace('.000Z', 'Z');
  await town.api.post('/appointment/move', { pool_id: places[place].pool_id, starts_at }, { token: link });
  const data = await eventually('the push at the push service', () => push.received.at(-1));
  await deliver(page, data);
  const [shown] = await eventually('the notification', async () => {
    const all = await onScreen(page);
    return all.length > 0 && all;
  });
  if (shown.title !== 'Ihr Termin' || !shown.body.startsWith('Neuer Termin: ')) throw new Error(JSON.stringify(shown));
  if (shown.data !== `/t/${link}`) throw new Error(`it would open ${shown.data}`);
  const ops = await town.api.signIn(login(town.demo, 'ops'));
  await eventually('the town knows that it was shown', async () => {
    const { messages } = await town.api.get('/ops/messages?limit=100', { cookie: ops });
    return messages.some((it) => it.channel === 'push' && it.kind === 'booking_moved' && it.state === 'delivered');
  });

  await page.reload();
  await button(page, STOP).click();
  await button(page, START).waitFor();
  await page.reload();
  await button(page, START).waitFor();

  await inTheWay(page, `${base}/t/${link}`, seen);
}

/** The same page where the browser says no, or cannot. */
async function inTheWay(page, address, seen) {
  const cases = [
    ['22-notify-denied', /Ihr Browser sperrt/, () => Object.defineProperty(Notification, 'permission', { get: () => 'denied' })],
    ['23-notify-unsupported', /Dieser Browser kann keine/, () => delete globalThis.PushManager],
    [
      '24-notify-home-screen',
      /vom Home-Bildschirm aus/,
      () => {
        delete globalThis.PushManager;
        Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)' });
      },
    ],
  ];
  for (const [name, text, change] of cases) {
    const other = await secondPhone(page);
    await other.addInitScript(change);
    await other.goto(address);
    await other.getByText(text).scrollIntoViewIfNeeded();
    await seen(name, other);
    await other.context().close();
  }
}
