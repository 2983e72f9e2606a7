// A floor in the language shown: "Erdgeschoss", "1. Obergeschoss" – "ground floor", "1st floor". Unknown words stay as
// the town wrote them.
import type { Zone } from '$shared/api/types';
import { say } from '$shared/i18n/index.svelte';
import { floorLevel } from './floors';
import { texts } from './texts/index';

export function floorName(floor: string): string {
  const level = floorLevel(floor);
  return level === null ? floor : texts.t.floor(level);
}

/** The way to a zone; a town that begins it with the floor shall not be heard twice. */
export function wayWithoutFloor(zone: Zone): string {
  const way = say(zone.way).trim();
  const [first = '', ...rest] = way.split(/,\s*/);
  const said = [zone.floor, floorName(zone.floor)].some((floor) => floor.toLowerCase() === first.toLowerCase());
  return said ? rest.join(', ') : way;
}
