// The time line above "wait now, or an appointment today": when a call would come, and the free times, on one scale.
import type { Instant, Slot, WaitRange } from '$shared/api/types';

/** Width of the drawing in its own units. */
export const AXIS_WIDTH = 952;
const START = 16;
const END = AXIS_WIDTH - 56;
const HOUR_MS = 3_600_000;
/** Two labels closer than this would touch. */
const LABEL_GAP = 96;

export interface Axis {
  wait: { x: number; width: number } | null;
  hours: { x: number; at: number }[];
  slots: { x: number; slot: Slot; labelled: boolean }[];
}

/** From now to the last of the slots, but two hours at least. */
export function axisOf(now: number, wait: WaitRange | null, slots: readonly Slot[]): Axis {
  const at = (instant: Instant): number => Date.parse(instant);
  const last = Math.max(now + 2 * HOUR_MS, ...slots.map((slot) => at(slot.starts_at)), now + (wait?.high_min ?? 0) * 60_000);
  const x = (ms: number): number => Math.round(START + ((ms - now) / (last - now)) * (END - START));
  const hours = [];
  for (let hour = Math.ceil((now + HOUR_MS / 4) / HOUR_MS) * HOUR_MS; hour <= last; hour += HOUR_MS) {
    hours.push({ x: x(hour), at: hour });
  }
  const step = Math.ceil(hours.length / 7);
  const band = wait === null ? null : { from: x(now + wait.low_min * 60_000), to: x(now + wait.high_min * 60_000) };
  let free = band === null ? -LABEL_GAP : (band.from + band.to) / 2;
  return {
    wait: band === null ? null : { x: band.from, width: Math.max(40, band.to - band.from) },
    hours: hours.filter((_, place) => place % step === 0),
    slots: slots.map((slot) => {
      const here = x(at(slot.starts_at));
      const labelled = here - free >= LABEL_GAP;
      if (labelled) free = here;
      return { x: here, slot, labelled };
    }),
  };
}
