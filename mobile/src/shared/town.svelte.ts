// The town: name, offices, clock. Asked once at start and again every few minutes, kept for offline starts.
import { api, call } from './api/client';
import type { Town } from './api/types';
import { clock } from './clock.svelte';
import { values } from './store';

const REFRESH_MS = 5 * 60_000;
const RETRY_MS = 10_000;

let current = $state.raw<Town | null>(null);
let reachable = $state(true);
let askedAgainAt = $state(0);

/** The town as it was last told, with the device's time of that moment: offline its clock goes on from there. */
interface KeptTown {
  town: Town;
  at: number;
}

export const town = {
  get it(): Town | null {
    return current;
  },
  get name(): string {
    return current?.name ?? '';
  },
  /** Milliseconds of this device until the town is asked again. */
  untilNextTry(now: number): number {
    return Math.max(0, askedAgainAt - now);
  },
  /** False while the last question to the backend went unanswered. */
  get reachable(): boolean {
    return reachable;
  },
};

let timer: ReturnType<typeof setTimeout> | undefined;

/** Loads the town and keeps its clock right. Never throws; without a network the last known town is used. */
export async function loadTown(): Promise<void> {
  try {
    current = await call(api.GET('/town'));
    reachable = true;
    clock.set(current.clock);
    void values.put('town', { town: current, at: Date.now() } satisfies KeptTown);
  } catch {
    reachable = false;
    if (!current) await recall();
  }
  const wait = reachable ? REFRESH_MS : RETRY_MS;
  askedAgainAt = Date.now() + wait;
  clearTimeout(timer);
  timer = setTimeout(() => void loadTown(), wait);
}

async function recall(): Promise<void> {
  const kept = await values.get<KeptTown>('town');
  if (!kept?.town) return;
  current = kept.town;
  const { now, speed, demo } = kept.town.clock;
  clock.set({ now: new Date(Date.parse(now) + (Date.now() - kept.at) * speed).toISOString(), speed, demo });
}
