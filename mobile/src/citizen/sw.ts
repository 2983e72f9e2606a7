/// <reference lib="webworker" />
import { listen } from './push-worker';
// Keeps the citizen app's own files for offline use. Never touches /api: what a person sees of their data is either
// fresh or from IndexedDB with its age. Notifications are next door.
declare const self: ServiceWorkerGlobalScope;
declare const __PRECACHE__: { url: string; rev: string | null }[];
declare const __REVISION__: string;

const PREFIX = 'lotse-';
const CACHE = PREFIX + __REVISION__;
const FILES = new Set(__PRECACHE__.map((entry) => entry.url));
/** Paths the citizen app does not answer. */
const NOT_APP = /^\/(api|hooks|health|metrics|docs|terminal|display|desk|ops|phone)(\/|$)/;

async function keep(cache: Cache, { url, rev }: { url: string; rev: string | null }): Promise<void> {
  // A name with a hash never changes its content: take it from the previous version's cache.
  const known = rev === null ? await caches.match(url) : undefined;
  const response = known ?? (await fetch(new Request(url, { cache: 'reload' })));
  if (!response.ok) throw new Error(`${url} ${response.status}`);
  await cache.put(url, response);
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(__PRECACHE__.map((entry) => keep(cache, entry)));
}

async function dropOldVersions(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function kept(url: string, request: Request): Promise<Response> {
  return (await caches.match(url, { cacheName: CACHE })) ?? fetch(request);
}

// No skipWaiting here: a booking in progress must not lose its files. The page asks when the person agrees.
self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(dropOldVersions()));
self.addEventListener('message', (event) => {
  const message: unknown = event.data;
  if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'SKIP_WAITING') {
    void self.skipWaiting();
  }
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (!NOT_APP.test(url.pathname)) event.respondWith(kept('/index.html', request));
  } else if (FILES.has(url.pathname)) {
    event.respondWith(kept(url.pathname, request));
  }
});

listen();
