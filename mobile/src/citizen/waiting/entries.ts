// What this device is on the waiting list for. The secret of an entry stands in no SMS and in no address: it lives here.
import { api, call } from '$shared/api/client';
import { Refused } from '$shared/api/problem';
import type { Day, Text, WaitingEntry } from '$shared/api/types';
import { values } from '$shared/store';
import type { Memory } from '../checklist';

const KEPT = 'waiting';

/** An entry as it was when last told. */
export interface StoredEntry {
  token: string;
  entry: WaitingEntry;
  /** What somebody waits for. */
  services: Text[];
  /** The one office wished for; null is any. */
  office_name: string | null;
  /** The link of the appointment that shall be earlier. */
  instead_of: string | null;
}

/** Which entry was made just now: only then its page congratulates. */
export const justListed: { token: string | null } = { token: null };

function isEntry(one: unknown): one is StoredEntry {
  return typeof one === 'object' && one !== null && 'token' in one && 'entry' in one && 'services' in one;
}

export async function entries(device: Memory = values): Promise<StoredEntry[]> {
  const kept: unknown = await device.get(KEPT);
  return Array.isArray(kept) ? kept.filter(isEntry) : [];
}

export async function keepEntry(entry: StoredEntry, device: Memory = values): Promise<void> {
  const others = (await entries(device)).filter(({ token }) => token !== entry.token);
  await device.put(KEPT, [entry, ...others]);
}

export async function forgetEntry(token: string, device: Memory = values): Promise<void> {
  const others = (await entries(device)).filter((one) => one.token !== token);
  if (others.length > 0) await device.put(KEPT, others);
  else await device.remove(KEPT);
}

/** Whether anything can still come of it. */
export function isOpen({ state, wish, offers_left, offered_until }: WaitingEntry, today: Day): boolean {
  return state === 'waiting' && wish.to_day >= today && (offers_left > 0 || Boolean(offered_until));
}

/** Asks the town how the entries stand; without a network they stand as they stood. One the town does not know is forgotten. */
export async function askAgain(stored: StoredEntry[]): Promise<StoredEntry[]> {
  for (const one of stored) {
    try {
      await keepEntry({ ...one, entry: await call(api.POST('/waiting-list/show', { body: { token: one.token } })) });
    } catch (caught) {
      if (caught instanceof Refused && caught.status === 404) await forgetEntry(one.token);
    }
  }
  return entries();
}

export async function leave(token: string): Promise<void> {
  await call(api.POST('/waiting-list/leave', { body: { token } }));
  await forgetEntry(token);
}
