// What the browser journeys and the pictures share: a demo town of their own, Chromium, axe, the API beside the pages.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPushService } from './push-service.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
// The browser's driver and axe are packages of the front ends: one lock file for both.
const require = createRequire(join(root, 'mobile/package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The first truthy answer of `look`; fails with `what` after `longest` milliseconds. */
export async function eventually(what, look, longest = 20_000) {
  const end = Date.now() + longest;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`did not happen within ${longest} ms: ${what}`);
    await wait(60);
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A demo town on a fresh folder and a free port, beside a push service: `{ base, about, push, stop, log }`. */
export async function startDemo(...options) {
  const binary = process.env['LOTSE_BIN'];
  if (!binary) throw new Error('LOTSE_BIN is not set: infra/browser.sh and infra/shots.sh set it');
  const folder = mkdtempSync(join(tmpdir(), 'lotse-browser-'));
  const port = await freePort();
  const push = await startPushService();
  const base = `http://localhost:${port}`;
  const log = join(folder, 'demo.log');
  const out = openSync(log, 'a');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LOTSE_')));
  // The pages of a checkout beside a program built elsewhere: its own are those built into it.
  const pages = process.env['LOTSE_PAGES'] ? ['--web-dir', process.env['LOTSE_PAGES']] : [];
  const child = spawn(binary, ['demo', ...pages, ...options], {
    cwd: folder,
    stdio: ['ignore', out, out],
    env: {
      ...env,
      LOTSE_LISTEN: `127.0.0.1:${port}`,
      LOTSE_PUBLIC_URL: base,
      LOTSE_HTTP__REQUESTS_PER_MINUTE: '60000',
      LOTSE_HTTP__REQUEST_BURST: '5000',
      LOTSE_PUSH__TEST_HOSTS: push.origin,
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    push.stop();
    child.kill('SIGTERM');
    await Promise.race([ended, wait(8_000).then(() => child.kill('SIGKILL'))]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually('the demo is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the demo ended early:\n${readFileSync(log, 'utf8').slice(-3000)}`);
      return fetch(`${base}/health/ready`).then((answer) => answer.ok, () => false);
    }, 240_000);
    const about = await fetch(`${base}/api/v1/demo`).then((answer) => answer.json());
    return { base, about, push, stop, log: () => readFileSync(log, 'utf8') };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The login and password of a role of the demo's staff. */
export function login(demo, role) {
  const found = demo.about.logins.find((it) => it.role === role);
  if (!found) throw new Error(`the demo names no login for ${role}`);
  return found;
}

/** Headless Chromium that asks nobody outside for anything. */
export function launch() {
  const named = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = named.map((name) => spawnSync('sh', ['-c', `command -v ${name}`]).stdout.toString().trim()).find(Boolean);
  if (!found) throw new Error('Chromium is not installed: infra/setup/test-tools.sh installs it');
  return chromium.launch({
    executablePath: found,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--font-render-hinting=none',
    ],
  });
}

/** A page of a new visitor; `page.complaints` collects errors of scripts, the console and the content policy. */
export async function open(browser, { width = 390, height = 844, dark = false, touch = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'de-DE',
    timezoneId: 'Europe/Berlin',
    hasTouch: touch,
    ...more,
  });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    // A refusal the page shows in words (401, 404, 409, 422 …) is no complaint; the browser logs it all the same.
    // Nor is a line that a scene has cut itself.
    const refused = /Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED)/.test(
      message.text(),
    );
    if (message.type() === 'error' && !refused) page.complaints.push(message.text());
  });
  page.setDefaultTimeout(15_000);
  return page;
}

/** Another visitor's phone beside a page: it shares nothing with it. Close its context in the end. */
export const secondPhone = (page) => open(page.context().browser(), { touch: true });

/** What axe finds against WCAG 2.2 AA and its best practices, one line for each. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    }),
  );
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} (${rule.help})`));
}

/** The API as the pages use it. */
export function api(base) {
  const call = async (method, path, { body, token, cookie, key } = {}) => {
    const answer = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(cookie ? { Cookie: cookie, Origin: base } : {}),
        ...(key ? { 'Idempotency-Key': key } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return {
    get: (path, more) => call('GET', path, more),
    post: (path, body = {}, more = {}) => call('POST', path, { key: crypto.randomUUID(), ...more, body }),
    /** The session cookie of a member of staff. */
    async signIn({ login, password }) {
      const answer = await fetch(`${base}/api/v1/staff/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: base },
        body: JSON.stringify({ login, password }),
      });
      const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
      if (!answer.ok || !cookie) throw new Error(`${login} is not signed in: ${answer.status} ${await answer.text()}`);
      return cookie;
    },
    /** Waits for an SMS to this number that contains `part`. */
    sms(number, part) {
      return eventually(`an SMS with "${part}"`, async () => {
        const messages = await call('GET', `/demo/phones/${encodeURIComponent(number)}`).catch(() => []);
        return messages.map((it) => it.body).findLast((body) => body.includes(part));
      });
    },
    /** Waits for an e-mail to this mailbox that contains `part`. */
    mail(mailbox, part) {
      return eventually(`an e-mail with "${part}"`, async () => {
        const mails = await call('GET', '/demo/mails');
        return mails.find((it) => it.to.includes(mailbox) && it.text.includes(part))?.text;
      });
    },
  };
}
