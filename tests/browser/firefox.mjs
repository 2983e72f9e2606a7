// Notifications on their whole way in a real Firefox: it subscribes at a push service, the town encrypts and posts, Firefox
// decrypts, the service worker shows it and says so. Then what goes wrong on the way: a push nobody can open, a person who
// forbids notifications, so that the address is gone.
import { spawn, spawnSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, login } from './lib.mjs';
import { book } from './town.mjs';

const PHONE = '0171 3920085';
const START = 'Auf diesem Gerät benachrichtigen';
const STOP = 'Auf diesem Gerät nicht mehr benachrichtigen';

/** What Firefox answers about a push (PushService.sys.mjs names them so, too). */
const DELIVERED = 100;
const NOT_DECRYPTED = 101;

const preferences = (pushService) => ({
  // Any free one.
  'marionette.port': 0,
  'remote.prefs.recommended': true,
  'dom.push.enabled': true,
  'dom.push.connection.enabled': true,
  'dom.push.alwaysConnect': true,
  'dom.push.userAgentID': '',
  'dom.push.serverURL': pushService.replace('http:', 'ws:'),
  'dom.push.testing.allowInsecureServerURL': true,
  'dom.serviceWorkers.enabled': true,
  'dom.webnotifications.requireuserinteraction': false,
  'permissions.default.desktop-notification': 1,
  // Headless, Firefox shows notifications itself; there is no desktop that could.
  'alerts.useSystemBackend': false,
  'network.proxy.type': 0,
  'intl.accept_languages': 'de-DE, de',
});

/** Firefox without a window, driven by its own remote control (Marionette): JSON with its length before it. */
async function startFirefox(pushService) {
  const named = ['firefox-esr', 'firefox'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
  if (!named) throw new Error('Firefox is not installed: infra/setup/test-tools.sh installs it');
  const profile = mkdtempSync(join(tmpdir(), 'lotse-firefox-'));
  const lines = Object.entries(preferences(pushService)).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const child = spawn(named, ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile, 'about:blank'], { stdio: 'ignore', env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(profile, { recursive: true, force: true });
  };
  try {
    // The port is Firefox's own choice, and stands in its profile as soon as it listens.
    const port = await eventually('Firefox listens', () => {
      if (child.exitCode !== null) throw new Error(`Firefox ended early: ${child.exitCode}`);
      try {
        return Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8'));
      } catch {
        return 0;
      }
    }, 120_000);
    const send = await connect(port);
    await send('WebDriver:NewSession', {});
    await send('WebDriver:SetTimeouts', { script: 60_000, pageLoad: 120_000, implicit: 0 });
    return { ...commands(send), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(port) {
  const socket = createConnection(port, '127.0.0.1');
  const waiting = new Map();
  let rest = Buffer.alloc(0);
  let last = 0;
  const fail = (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Firefox is gone')));
  const greeted = new Promise((resolve) => waiting.set('greeting', { resolve, reject: resolve }));
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = Number(rest.subarray(0, colon).toString());
      if (colon < 0 || rest.length < colon + 1 + length) return;
      const message = JSON.parse(rest.subarray(colon + 1, colon + 1 + length).toString());
      rest = rest.subarray(colon + 1 + length);
      const [id, error, result] = Array.isArray(message) ? [message[1], message[2], message[3]] : ['greeting', null, message];
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(`${error.error}: ${error.message}`));
      else asked?.resolve(result);
    }
  });
  await greeted;
  return (name, parameters) =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, { resolve, reject });
      const text = JSON.stringify([0, id, name, parameters]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}

function commands(send) {
  /** Runs a function in the page (or in the browser itself) and gives what it answers. */
  const run = async (script, ...args) => {
    const text = `const done = arguments[arguments.length - 1]; (${script})(...Array.from(arguments).slice(0, -1)).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value } = await send('WebDriver:ExecuteAsyncScript', { script: text, args, newSandbox: true });
    if (value.error) throw new Error(value.error);
    return value.value;
  };
  return {
    goto: (url) => send('WebDriver:Navigate', { url }),
    run,
    /** Presses a button by what stands on it, as soon as it is there. */
    press: (name) => eventually(`the button "${name}"`, () => run(async (name) => {
      const found = [...document.querySelectorAll('button')].find((it) => it.textContent.trim() === name && it.getAttribute('aria-disabled') !== 'true');
      found?.click();
      return found !== undefined;
    }, name), 60_000),
    shows: (name) => eventually(`the button "${name}"`, () => run(async (name) => [...document.querySelectorAll('button')].some((it) => it.textContent.trim() === name), name), 60_000),
    notifications: () => run(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
    }),
    /** Runs a function in the browser itself, beyond any page. */
    async inside(script, ...args) {
      await send('Marionette:SetContext', { value: 'chrome' });
      try {
        return await run(script, ...args);
      } finally {
        await send('Marionette:SetContext', { value: 'content' });
      }
    },
  };
}

/** The appointment goes to another free time; the town owes a push. */
async function move(town, link, taken) {
  const { days, places } = await town.api.get('/appointment/slots?days=14', { token: link });
  const free = days.flatMap(({ begins_at, free }) =>
    free.flatMap(({ place, minutes }) =>
      minutes.map((minute) => ({ pool_id: places[place].pool_id, starts_at: new Date(Date.parse(begins_at) + minute * 60_000).toISOString().replace('.000Z', 'Z') })),
    ),
  );
  const slot = free.find(({ starts_at }) => !taken.includes(starts_at));
  taken.push(slot.starts_at);
  await town.api.post('/appointment/move', slot, { token: link });
}

const PATIENCE_MS = 60_000;

export async function firefoxWalk(_page, town, _seen) {
  const { base, push } = town.demo;
  const { firefox: service } = push;
  const later = (slots) => slots.find((it) => it.day > town.today) ?? slots.at(-1);
  const { link, slot } = await book(town.api, { phone: PHONE, when: later, sms: town.api.sms });
  const taken = [slot.starts_at];
  const ops = await town.api.signIn(login(town.demo, 'ops'));
  /** The pushes about the newest move, which is a booking of its own. */
  const pushes = async () => {
    const { messages } = await town.api.get('/ops/messages?limit=100&kind=booking_moved', { cookie: ops });
    return messages.filter((it) => it.channel === 'push' && it.booking_id === messages.find((one) => one.recipient.endsWith(PHONE.slice(-4)))?.booking_id);
  };
  const newest = (what, holds) => eventually(what, async () => {
    const [found] = await pushes();
    return found && holds(found) && found;
  }, PATIENCE_MS);
  const answer = (version) => eventually('Firefox says what became of it', () => service.answers.find((it) => it.version === version), PATIENCE_MS);
  /** Moves the appointment and gives the push as the service got it. */
  const moved = async () => {
    const before = service.posted.length;
    await move(town, link, taken);
    return eventually('the push at the push service', () => service.posted[before], PATIENCE_MS);
  };

  await withFirefox(push.origin, async (browser) => {
    await browser.goto(`${base}/t/${link}`);
    await browser.press(START);
    await browser.shows(STOP);

    // Twice: the second replaces the first on the screen.
    for (const round of [1, 2]) {
      const sent = await moved();
      if (sent.status !== 201 || sent.encoding !== 'aes128gcm' || !sent.signed || !(sent.ttl > 0)) throw new Error(`posted so: ${JSON.stringify(sent)}`);
      const { word, code } = await answer(sent.version);
      if (word !== 'ack' || code !== DELIVERED) throw new Error(`push ${round}: Firefox answers ${word} ${code}`);
      await newest('the town knows that it was shown', (it) => it.state === 'delivered');
      const shown = await browser.notifications();
      if (shown.length !== 1) throw new Error(`one replaces the other, but there are ${JSON.stringify(shown)}`);
      const [{ title, body, data }] = shown;
      if (title !== 'Ihr Termin' || !body.startsWith('Neuer Termin: ') || data !== `/t/${link}`) throw new Error(JSON.stringify(shown));
    }

    // Nobody can open this one: it is not shown, and Firefox says so.
    const [id] = service.addresses.keys();
    const unread = await answer(service.deliver(id, Buffer.alloc(128, 7), 'aes128gcm', 60));
    if (unread.word !== 'ack' || unread.code !== NOT_DECRYPTED) throw new Error(`a garbled push: ${JSON.stringify(unread)}`);

    // The person forbids notifications: Firefox gives its address up, the town is told at the next push, and posts no more.
    await browser.inside(async (origin) => {
      const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(origin);
      Services.perms.addFromPrincipal(principal, 'desktop-notification', Services.perms.DENY_ACTION);
    }, base);
    await eventually('Firefox has given its address up', () => service.addresses.size === 0, PATIENCE_MS);
    const gone = await moved();
    if (gone.status !== 410) throw new Error(`an address that is gone: ${JSON.stringify(gone)}`);
    const last = await newest('the push has failed', (it) => it.state === 'failed');
    if (last.error_class !== 'K') throw new Error(`it failed as ${last.error_class}`);
    const posted = service.posted.length;
    await move(town, link, taken);
    await eventually('the news by SMS', async () => {
      const messages = await town.api.get(`/demo/phones/${encodeURIComponent(PHONE)}`);
      return messages.filter((it) => it.body.startsWith('Neuer Termin: ')).length === taken.length - 1;
    }, PATIENCE_MS);
    const complaints = service.answers.filter(({ word }) => word === 'nack');
    if (complaints.length > 0) throw new Error(`the service worker failed: ${JSON.stringify(complaints)}`);
    if ((await pushes()).length > 0 || service.posted.length > posted) throw new Error('a browser that is gone gets another push');
  });
}

/** A Firefox for as long as `run` takes. */
async function withFirefox(pushService, run) {
  const browser = await startFirefox(pushService);
  try {
    await run(browser);
  } finally {
    await browser.stop();
  }
}
