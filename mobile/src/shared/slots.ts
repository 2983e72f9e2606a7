// Free slots. They travel briefly, each place once and each slot as a start there; here they become whole again.
import { api, call } from './api/client';
import type { Day, Slot, Slots, SlotsAnswer } from './api/types';

export interface SlotQuery {
  /** `dienst:1,dienst:2` */
  items: string;
  office?: string;
  from?: Day;
  days?: number;
}

const MINUTE = 60_000;

/** The free slots of a visit. */
export async function freeSlots(query: SlotQuery): Promise<Slots> {
  return whole(await call(api.GET('/slots', { params: { query } })));
}

/** The free slots to which an appointment can be moved; `headers` prove whose it is. */
export async function slotsToMoveTo(headers: Record<string, string>, days: number): Promise<Slots> {
  return whole(await call(api.GET('/appointment/slots', { params: { query: { days } }, headers })));
}

export function whole({ duration_min, places, days, horizon_day }: SlotsAnswer): Slots {
  const wholeDays = days.map(({ day, open, slots }) => ({
    day,
    open,
    slots: slots.flatMap(({ place, starts_at, time }): Slot[] => {
      const at = places[place];
      if (!at) return [];
      const ends_at = new Date(Date.parse(starts_at) + at.duration_min * MINUTE).toISOString();
      return [{ pool_id: at.pool_id, office_id: at.office_id, office_name: at.office_name, starts_at, ends_at, day, time }];
    }),
  }));
  const earliest = wholeDays.find((one) => one.slots.length > 0)?.slots[0] ?? null;
  return { duration_min, days: wholeDays, earliest, horizon_day };
}
