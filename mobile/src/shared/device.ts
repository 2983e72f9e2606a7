// The token of an enrolled device (terminal or display), kept in localStorage, one for each kind: in the demo both run
// in the same browser. The demo opens a surface with `#token=…`; the fragment never reaches a server and is taken out
// of the address bar at once.
import type { Device } from './api/types';

export interface DeviceToken {
  read(): string | null;
  keep(token: string): void;
  forget(): void;
}

export function deviceTokenOf(kind: Device['kind']): DeviceToken {
  const name = `lotse.${kind}.token`;
  return {
    read: () => localStorage.getItem(name),
    keep: (token) => localStorage.setItem(name, token),
    forget: () => localStorage.removeItem(name),
  };
}

/** Takes a token from the address (`#token=…`) into the store. True when there was one. */
export function adoptToken(store: DeviceToken, where: Location = location): boolean {
  const token = new URLSearchParams(where.hash.slice(1)).get('token');
  if (token === null || token === '') return false;
  store.keep(token);
  history.replaceState(history.state, '', where.pathname + where.search);
  return true;
}
