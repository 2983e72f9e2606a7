// Notifications on this device, about one appointment or ticket: on, off, and what stands in the way.
import { api, bearer, call } from '$shared/api/client';
import { Refused } from '$shared/api/problem';
import { values } from '$shared/store';

/** How it stands on this device. */
export type Notified =
  /** The town sends none. */
  | 'hidden'
  /** This browser cannot. */
  | 'unsupported'
  /** This browser can only from the home screen (iPhone, iPad). */
  | 'home-screen'
  /** The person, or the device's settings, forbid it. */
  | 'denied'
  | 'off'
  | 'on';

/** The tokens whose notifications were wished for on this device. */
const WISHED = 'notified';

/** The service worker may still be on its way; not forever. */
const READY_MS = 15_000;

/** What is in the way, before anybody was asked. */
export function obstacle(): 'unsupported' | 'home-screen' | 'denied' | null {
  const able = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
  if (!able) return isApple() && !isInstalled() ? 'home-screen' : 'unsupported';
  return Notification.permission === 'denied' ? 'denied' : null;
}

/** iPads call themselves Macs, but have fingers. */
function isApple(): boolean {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches;
}

async function wished(): Promise<string[]> {
  return (await values.get<string[]>(WISHED)) ?? [];
}

async function wish(token: string, yes: boolean): Promise<void> {
  const others = (await wished()).filter((one) => one !== token);
  await values.put(WISHED, yes ? [...others, token] : others);
}

async function townKey(): Promise<string | null> {
  return (await call(api.GET('/push/key'))).key ?? null;
}

/** How it stands; tells the town again where it is on, so that both sides know the same. */
export async function look(token: string): Promise<Notified> {
  const key = await townKey();
  if (!key) return 'hidden';
  const hindered = obstacle();
  if (hindered) return hindered;
  if (!(await wished()).includes(token) || Notification.permission !== 'granted') return 'off';
  try {
    await tell(token, key);
    return 'on';
  } catch (caught) {
    if (!(caught instanceof Refused)) throw caught;
    await wish(token, false);
    return 'off';
  }
}

/** Asks the person and switches it on; called by a tap only. */
export async function switchOn(token: string): Promise<Notified> {
  if ((await Notification.requestPermission()) !== 'granted') return obstacle() ?? 'off';
  const key = await townKey();
  if (!key) return 'hidden';
  await tell(token, key);
  await wish(token, true);
  return 'on';
}

/** Switches it off; the browser forgets its address at the push service when nobody else wants it. */
export async function switchOff(token: string): Promise<Notified> {
  const subscription = await (await ready()).pushManager.getSubscription();
  if (subscription) {
    await call(api.POST('/push/browsers/remove', { headers: bearer(token), body: { endpoint: subscription.endpoint } }));
  }
  await wish(token, false);
  if ((await wished()).length === 0) await subscription?.unsubscribe();
  return 'off';
}

/** The device forgets an appointment: it hears nothing of it any more. */
export async function forgetWish(token: string): Promise<void> {
  if (!(await wished()).includes(token)) return;
  await switchOff(token).catch(() => wish(token, false));
}

async function ready(): Promise<ServiceWorkerRegistration> {
  const late = new Promise<never>((_, fail) => setTimeout(() => fail(new Error('no service worker')), READY_MS));
  return await Promise.race([navigator.serviceWorker.ready, late]);
}

/** Subscribes the browser where it is not, and tells the town. */
async function tell(token: string, key: string): Promise<void> {
  const push = (await ready()).pushManager;
  const known = await push.getSubscription();
  const stale = known !== null && !isMadeWith(known, key);
  if (stale) await known.unsubscribe();
  const subscription = stale || !known ? await push.subscribe({ userVisibleOnly: true, applicationServerKey: key }) : known;
  const now = browserOf(subscription);
  if (stale) {
    // Everything else this device was told about goes to the new address, too; the page's own follows below.
    await api.POST('/push/browsers/renew', { body: { before: known.endpoint, now } }).catch(() => undefined);
  }
  await call(api.POST('/push/browsers', { headers: bearer(token), body: now }));
}

function isMadeWith(subscription: PushSubscription, key: string): boolean {
  const made = subscription.options.applicationServerKey;
  return !made || base64url(made) === key;
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function browserOf(subscription: PushSubscription): { endpoint: string; p256dh: string; auth: string } {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint: endpoint ?? '', p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' };
}
