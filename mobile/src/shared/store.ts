// What this device remembers without a network: the citizen's appointments with their link tokens, and small values of
// the other surfaces. Nothing of it is ever sent anywhere.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Appointment, Ticket } from './api/types';

/** An appointment as it was when last seen, with the token that opens it. */
export interface StoredAppointment {
  token: string;
  appointment: Appointment;
  /** When the backend last told it, in the town's time. */
  seen_at: string;
}

interface Schema extends DBSchema {
  appointments: { key: string; value: StoredAppointment };
  values: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function db(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('lotse', 1, {
    upgrade(database) {
      database.createObjectStore('appointments', { keyPath: 'token' });
      database.createObjectStore('values');
    },
  });
  return opened;
}

/** Runs `work`; a device that refuses storage (private window, full disk) simply remembers nothing. */
async function or<T>(fallback: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    return fallback;
  }
}

export const appointments = {
  all: () =>
    or<StoredAppointment[]>([], async () =>
      (await (await db()).getAll('appointments')).sort((a, b) =>
        a.appointment.starts_at.localeCompare(b.appointment.starts_at),
      ),
    ),
  get: (token: string) => or<StoredAppointment | undefined>(undefined, async () => (await db()).get('appointments', token)),
  put: (stored: StoredAppointment) =>
    or<void>(undefined, async () => {
      await (await db()).put('appointments', stored);
      // Browsers may evict storage after a week without a visit; asking is free.
      await navigator.storage?.persist?.();
    }),
  remove: (token: string) => or<void>(undefined, async () => (await db()).delete('appointments', token)),
};

/** The ticket that was seen last: whoever loads the page without a network still knows number and waiting area. */
export const lastTicket = {
  put: (token: string, ticket: Ticket) => values.put('ticket', { token, ticket }),
  of: async (token: string): Promise<Ticket | null> => {
    const kept = await values.get<{ token: string; ticket: Ticket }>('ticket');
    return kept?.token === token ? kept.ticket : null;
  },
};

/** A small value under a name, e.g. a terminal's device token. */
export const values = {
  get: <T>(name: string) => or<T | undefined>(undefined, async () => (await (await db()).get('values', name)) as T | undefined),
  put: (name: string, value: unknown) =>
    or<void>(undefined, async () => {
      await (await db()).put('values', value, name);
    }),
  remove: (name: string) => or<void>(undefined, async () => (await db()).delete('values', name)),
};
