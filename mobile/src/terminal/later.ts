// Check-ins taken while the line is down: kept in IndexedDB with their tap key, handed in once when the line is back.
// The tap key makes a repeated delivery harmless: the server answers the same ticket again.
import { openDB, type IDBPDatabase } from 'idb';

export interface StoredCheckIn {
  /** Names this tap for good; also the Idempotency-Key of its delivery. */
  readonly tap_key: string;
  readonly code: string;
  /** When the person stood here, by the town's clock. */
  readonly tapped_at: string;
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
      await (await db()).put('check-ins', checkIn);
    },
    async all() {
      const rows = (await (await db()).getAll('check-ins')) as StoredCheckIn[];
      return rows.sort((a, b) => a.tapped_at.localeCompare(b.tapped_at));
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
