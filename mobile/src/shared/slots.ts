// Free slots. They travel briefly, each place once and each slot as a minute of its day; here they become whole again.
import { api, call } from './api/client';
import type { Day, Slot, Slots, SlotsAnswer } from './api/types';
import { minuteOfDay } from './format';

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
  const wholeDays = days.map(({ day, begins_at, open, free }) => {
    const begins = Date.parse(begins_at);
    const slots = free.flatMap(({ place, minutes }): Slot[] => {
      const at = places[place];
      if (!at) return [];
      const { pool_id, office_id, office_name } = at;
      return minutes.map((minute) => {
        const starts = begins + minute * MINUTE;
        const [starts_at, ends_at] = [instant(starts), instant(starts + at.duration_min * MINUTE)];
        return { pool_id, office_id, office_name, starts_at, ends_at, day, time: wallClock(starts) };
      });
    });
    slots.sort((one, other) => (one.starts_at < other.starts_at ? -1 : one.starts_at > other.starts_at ? 1 : 0));
    return { day, open, slots };
  });
  const earliest = wholeDays.find((one) => one.slots.length > 0)?.slots[0] ?? null;
  return { duration_min, days: wholeDays, earliest, horizon_day };
}

/** As the server writes it, so that slots can be compared. */
const instant = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');

/** "09:05", the town's local time. */
function wallClock(at: number): string {
  const minute = minuteOfDay(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
