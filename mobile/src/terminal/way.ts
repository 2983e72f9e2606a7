// The way to a waiting zone, as it stands beside its floor.
import type { Zone } from '$shared/api/types';
import { floorName } from '$shared/floor';
import { say } from '$shared/i18n/index.svelte';

/** The way to a zone; a town that begins it with the floor shall not be heard twice. */
export function wayWithoutFloor(zone: Zone): string {
  const way = say(zone.way).trim();
  const [first = '', ...rest] = way.split(/,\s*/);
  const said = [zone.floor, floorName(zone.floor)].some((floor) => floor.toLowerCase() === first.toLowerCase());
  return said ? rest.join(', ') : way;
}
