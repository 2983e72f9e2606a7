// A floor in the language shown: "Erdgeschoss", "1. Obergeschoss" – "ground floor", "1st floor". Unknown words stay as
// the town wrote them.
import { common } from './i18n/common';

/** 0 for the ground floor, 1 for the first upper floor, -1 below ground; null when the words are unknown. */
export function floorLevel(floor: string): number | null {
  const text = floor.trim().toLowerCase();
  const above = /(\d+)\s*\.?\s*(og|obergeschoss|obergeschoß|stock|etage)/.exec(text);
  if (above) return Number(above[1]);
  const below = /(\d*)\s*\.?\s*(ug|untergeschoss|untergeschoß|keller)/.exec(text);
  if (below) return -(Number(below[1]) || 1);
  return /\beg\b|erdgeschoss|erdgeschoß|parterre/.test(text) ? 0 : null;
}

export function floorName(floor: string): string {
  const level = floorLevel(floor);
  return level === null ? floor : common.t.floor(level);
}
