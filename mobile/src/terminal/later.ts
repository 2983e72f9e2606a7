// Check-ins taken while the line is down: kept in IndexedDB with their tap key, handed in once when the line is back.
// The tap key makes a repeated delivery harmless: the server answers the same ticket again.
import { openDB, type IDBPDatabase } from 'idb';
import type { Tap } from './signing';

/** `tap_key` is also the Idempotency-Key of the delivery, so what is sent must stay as it was first. */
export interface StoredCheckIn extends Tap {
  /** By this terminal; null where it cannot sign. */
  readonly signature: string | null;
  /** The place in the row: kept in the order of the taps, whatever the clock did. */
  readonly n?: number;
}

/** What one delivery came to. `later` leaves the check-in where it is. */
export type Delivery = 'done' | 'later';

export interface LaterStore {
  add(checkIn: StoredCheckIn): Promise<void>;
  all(): Promise<StoredCheckIn[]>;
  remove(tapKey: string): Promise<void>;
}

/** The store on this device. Each call opens lazily, so that a blocked database only costs the one check-in. */
export function deviceStore(name = 'lotse-terminal'): LaterStore {
  let opened: Promise<IDBPDatabase> | null = null;
  const db = (): Promise<IDBPDatabase> => {
    opened ??= openDB(name, 1, {
      upgrade(database) {
        database.createObjectStore('check-ins', { keyPath: 'tap_key' });
      },
      terminated() {
        opened = null;
      },
    }).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  return {
    async add(checkIn) {
      const change = (await db()).transaction('check-ins', 'readwrite', { durability: 'strict' });
      const last = Math.max(0, ...((await change.store.getAll()) as StoredCheckIn[]).map(({ n }) => n ?? 0));
      await change.store.put({ ...checkIn, n: last + 1 });
      await change.done;
    },
    async all() {
      const rows = (await (await db()).getAll('check-ins')) as StoredCheckIn[];
      return rows.sort((a, b) => (a.n ?? 0) - (b.n ?? 0) || a.tapped_at.localeCompare(b.tapped_at));
    },
    async remove(tapKey) {
      await (await db()).delete('check-ins', tapKey);
    },
  };
}

/**
 * Hands in what is stored, oldest first, and stops at the first one the line does not take. Returns how many are left.
 * A refusal by the server (unknown, expired …) is an answer, too: keeping it would block the ones behind it.
 */
export async function deliver(store: LaterStore, hand: (c: StoredCheckIn) => Promise<Delivery>): Promise<number> {
  const waiting = await store.all();
  for (const [done, checkIn] of waiting.entries()) {
    if ((await hand(checkIn)) === 'later') return waiting.length - done;
    await store.remove(checkIn.tap_key);
  }
  return 0;
}
