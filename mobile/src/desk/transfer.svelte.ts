// Sending somebody on: where to, with whom, and what colleagues there should know.
import { api, once } from '$shared/api/client';
import { isRefused } from '$shared/api/problem';
import type { Counter, Visit } from '$shared/api/types';
import { say } from '$shared/i18n/index.svelte';
import { asStaff } from '$shared/staff/session.svelte';
import { uuid } from '$shared/uuid';
import { feedback } from '$shared/staff/feedback.svelte';
import { byName } from './area';
import { refresh } from './queue.svelte';
import { fold } from './search';
import { texts } from './texts/index';

/** Counters that serve the same people: a place to go to. */
export interface Place {
  pool: string;
  department: Counter['department'];
  office: Counter['office'];
  zone: string;
  counters: Counter[];
  /** How many of them are open and take no break. */
  open: number;
}

/** The places of the town, those of one's own office first. */
export function placesOf(counters: readonly Counter[], office: string | undefined): Place[] {
  const places: Record<string, Place> = {};
  for (const counter of counters) {
    const place = (places[counter.pool_id] ??= {
      pool: counter.pool_id,
      department: counter.department,
      office: counter.office,
      zone: counter.zone_letter,
      counters: [],
      open: 0,
    });
    place.counters.push(counter);
    if (counter.state !== 'closed' && counter.state !== 'paused') place.open += 1;
  }
  const far = (place: Place) => Number(place.office.id !== office);
  return Object.values(places)
    .map((place) => ({ ...place, counters: place.counters.toSorted(byName) }))
    .toSorted((a, b) => far(a) - far(b) || a.office.name.localeCompare(b.office.name) || say(a.department).localeCompare(say(b.department)));
}

/** The places that match what was typed: area, office or counter. */
export function placesLike(places: readonly Place[], typed: string): Place[] {
  const words = fold(typed).split(' ').filter(Boolean);
  return places.filter((place) => {
    const text = fold([say(place.department), place.office.name, ...place.counters.map((one) => one.name)].join(' '));
    return words.every((word) => text.includes(word));
  });
}

export class Transferring {
  places = $state.raw<Place[] | null>(null);
  failure = $state.raw<unknown>(null);
  filter = $state('');
  pool = $state<string | null>(null);
  counter = $state('');
  note = $state('');
  /** Nobody serves there; asked once more. */
  insist = $state(false);
  busy = $state(false);
  readonly #key = uuid();

  constructor(
    readonly visit: Visit,
    readonly office: string | undefined,
  ) {
    void this.load();
  }

  get shown(): Place[] {
    return placesLike(this.places ?? [], this.filter);
  }

  get place(): Place | null {
    return this.places?.find((one) => one.pool === this.pool) ?? null;
  }

  async load(): Promise<void> {
    this.failure = null;
    try {
      this.places = placesOf(await asStaff(api.GET('/counters')), this.office);
    } catch (error) {
      this.failure = error;
    }
  }

  choose(pool: string): void {
    this.pool = pool;
    this.counter = '';
    this.insist = false;
    this.failure = null;
  }

  /** True once they wait there. */
  async send(): Promise<boolean> {
    const place = this.place;
    if (!place || this.busy) return false;
    this.busy = true;
    this.failure = null;
    const counter = place.counters.find((one) => one.id === this.counter);
    const target = counter ? { counter_id: counter.id } : { pool_id: place.pool };
    const note = this.note.trim();
    try {
      const after = await asStaff(
        api.POST('/visits/{id}/transfer', {
          params: { path: { id: this.visit.id } },
          body: { ...target, confirmed: this.insist, ...(note && { note }) },
          headers: once(`${this.#key}-${this.insist}-${place.pool}-${this.counter}`),
        }),
      );
      const t = texts.t.transfer;
      const where = counter?.name ?? say(place.department);
      feedback.show('ok', after.id === this.visit.id ? t.done(after.number, where) : t.doneNew(this.visit.number, after.number, where));
      void refresh();
      return true;
    } catch (error) {
      if (isRefused(error, 'nobody_serves')) this.insist = true;
      else this.failure = error;
      if (isRefused(error)) void refresh();
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** The one window over the desk. */
export const transferring = $state<{ it: Transferring | null }>({ it: null });

export function askTransfer(visit: Visit, office: string | undefined): void {
  transferring.it = new Transferring(visit, office);
}
