/// <reference lib="webworker" />
// The service worker's part of notifications: shows a push, says that it was shown, opens the page it speaks of, and keeps
// the town informed when the push service gives this browser another address.
declare const self: ServiceWorkerGlobalScope;

const TRIES = [0, 2_000, 8_000];

interface Told {
  title: string;
  options: NotificationOptions & { renotify: boolean };
  /** Where to say that it was shown, and the secret that proves it. */
  shown: { path: string; token: string } | null;
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && name in of ? (of as Record<string, unknown>)[name] : undefined;
}

function text(of: unknown, name: string): string {
  const value = field(of, name);
  return typeof value === 'string' ? value : '';
}

/** What remains of an address here: the page lies on this very host, whatever name the town gives it. */
function pathOf(address: string): string {
  try {
    const url = new URL(address, self.location.origin);
    return url.protocol.startsWith('http') ? url.pathname : '/';
  } catch {
    return '/';
  }
}

/** Reads a push in the declarative form. Browsers insist on showing something, so what cannot be read is a plain hint. */
export function read(data: string): Told {
  let whole: unknown = null;
  try {
    whole = JSON.parse(data);
  } catch {
    // Shown as a hint.
  }
  const note = field(whole, 'notification');
  const ack = text(whole, 'ack');
  const [address = '', token = ''] = ack.split('#');
  return {
    title: text(note, 'title') || (navigator.language.startsWith('de') ? 'Ihr Termin' : 'Your appointment'),
    options: {
      body: text(note, 'body'),
      tag: text(note, 'tag'),
      // One that replaces another is heard again.
      renotify: text(note, 'tag') !== '',
      requireInteraction: field(note, 'requireInteraction') === true,
      icon: '/icon-192.png',
      data: pathOf(text(note, 'navigate')),
    },
    shown: ack ? { path: pathOf(address), token } : null,
  };
}

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** An SMS follows when this does not arrive, so it is worth a few tries. */
async function say({ path, token }: { path: string; token: string }): Promise<void> {
  for (const pause of TRIES) {
    await new Promise((done) => setTimeout(done, pause));
    const response = await post(path, { token }).catch(() => null);
    if (response && response.status < 500) return;
  }
}

async function show(data: string): Promise<void> {
  const { title, options, shown } = read(data);
  await self.registration.showNotification(title, options);
  if (shown) await say(shown);
}

async function open(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = windows.find((one) => new URL(one.url).pathname === path);
  if (there) await there.focus();
  else await self.clients.openWindow(path);
}

async function renewed(event: PushSubscriptionChangeEvent): Promise<void> {
  const before = event.oldSubscription;
  if (!before) return; // The page finds out with its next visit.
  const key = before.options.applicationServerKey;
  const now = event.newSubscription ?? (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const { endpoint, keys } = now.toJSON();
  await post('/api/v1/push/browsers/renew', { before: before.endpoint, now: { endpoint, ...keys } });
}

export function listen(): void {
  self.addEventListener('push', (event) => event.waitUntil(show(event.data?.text() ?? '')));
  self.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const path: unknown = event.notification.data;
    event.waitUntil(open(typeof path === 'string' ? path : '/'));
  });
  self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewed(event)));
}
