// Registers the service worker and takes over a new version only when the person agrees, so that a booking in progress
// never loses its files.
const HOUR_MS = 3_600_000;

/** Calls `onNew` when a new version waits; the returned function switches to it and reloads. */
export function registerServiceWorker(onNew: () => void): () => void {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  let registration: ServiceWorkerRegistration | undefined;
  let agreed = false;
  if (!container) return () => location.reload();

  const check = () => void registration?.update().catch(() => undefined);
  container.addEventListener('controllerchange', () => {
    if (agreed) location.reload();
  });
  container
    .register('/sw.js', { updateViaCache: 'none' })
    .then((found) => {
      registration = found;
      if (found.waiting && container.controller) onNew();
      found.addEventListener('updatefound', () => {
        const coming = found.installing;
        coming?.addEventListener('statechange', () => {
          if (coming.state === 'installed' && container.controller) onNew();
        });
      });
      setInterval(check, HOUR_MS);
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) check();
      });
    })
    .catch(() => undefined); // The app works without it, only not offline.

  return () => {
    agreed = true;
    registration?.waiting?.postMessage({ type: 'SKIP_WAITING' });
  };
}
