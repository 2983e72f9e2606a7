// The town: name, offices, clock. Asked once at start and again every few minutes, kept for offline starts.
import { api, call } from './api/client';
import type { Town } from './api/types';
import { clock } from './clock.svelte';
import { values } from './store';

const REFRESH_MS = 5 * 60_000;
const RETRY_MS = 10_000;

let current = $state.raw<Town | null>(null);
let reachable = $state(true);

export const town = {
  get it(): Town | null {
    return current;
  },
  get name(): string {
    return current?.name ?? '';
  },
  /** False while the last question to the backend went unanswered. */
  get reachable(): boolean {
    return reachable;
  },
};

/** Loads the town and keeps its clock right. Never throws; without a network the last known town is used. */
export async function loadTown(): Promise<void> {
  try {
    current = await call(api.GET('/town'));
    reachable = true;
    clock.set(current.clock);
    void values.put('town', current);
  } catch {
    reachable = false;
    current ??= (await values.get<Town>('town')) ?? null;
  }
  setTimeout(() => void loadTown(), reachable ? REFRESH_MS : RETRY_MS);
}
