// Floors as the town writes them ("EG", "1. OG", "Erdgeschoss"), ordered and said in the visitor's language, and the
// plan drawn from them: a cut through the building. It shows only what the town has told us, so it cannot mislead.
import type { Zone } from '$shared/api/types';
import { floorLevel } from '$shared/floor';

export interface PlanFloor {
  floor: string;
  level: number;
  zones: { zone: Zone; x: number; width: number; wanted: boolean }[];
}

export interface Plan {
  /** From the top of the building down; the ground floor is always there, because that is where the terminal stands. */
  floors: PlanFloor[];
  /** Where `here` is, and the floor to go to: positions in `floors`. */
  here: number;
  there: number;
}

/** The area to the right of the stairs, where the zones stand, in the plan's own units (360 wide). */
export const ZONES_FROM = 160;
export const ZONES_TO = 350;

/** Null when a floor's name is unknown: then words alone show the way. */
export function planOf(zones: readonly Zone[], wantedLetter: string): Plan | null {
  const byLevel = new Map<number, { floor: string; zones: Zone[] }>();
  byLevel.set(0, { floor: 'Erdgeschoss', zones: [] });
  for (const zone of zones) {
    const level = floorLevel(zone.floor);
    if (level === null) return null;
    const entry = byLevel.get(level) ?? { floor: zone.floor, zones: [] };
    entry.zones.push(zone);
    byLevel.set(level, entry);
  }
  const floors = [...byLevel.entries()]
    .sort(([a], [b]) => b - a)
    .map(([level, entry]) => ({ level, floor: entry.floor, zones: place(entry.zones, wantedLetter) }));
  const there = floors.findIndex((floor) => floor.zones.some((z) => z.wanted));
  if (there < 0) return null;
  return { floors, here: floors.findIndex((floor) => floor.level === 0), there };
}

function place(zones: Zone[], wantedLetter: string): PlanFloor['zones'] {
  const gap = 10;
  const step = (ZONES_TO - ZONES_FROM + gap) / Math.max(zones.length, 2);
  return [...zones]
    .sort((a, b) => a.letter.localeCompare(b.letter))
    .map((zone, index) => ({
      zone,
      x: ZONES_FROM + index * step,
      width: step - gap,
      wanted: zone.letter === wantedLetter,
    }));
}
