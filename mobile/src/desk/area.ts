// One's own part of the office: the counters of the same department, and the people who come for its services. Pure.
import type { Counter, Department, Item, ServiceSummary } from '$shared/api/types';

export interface Area {
  /** The department, as the counters name it. */
  name: Counter['department'];
  /** Its counters in this office. */
  counters: ReadonlySet<string>;
  /** Its services. */
  services: ReadonlySet<string>;
}

/** What is known about the town's counters and services. */
export interface Known {
  counters: readonly Counter[];
  departments: readonly Department[];
  services: readonly ServiceSummary[];
}

/** The area of a counter; null where the office is not divided, or nothing is known yet. */
export function areaOf(counter: string | undefined, known: Known): Area | null {
  const own = known.counters.find((one) => one.id === counter);
  if (!own) return null;
  const office = known.counters.filter((one) => one.office.id === own.office.id);
  const same = (name: { de: string }) => name.de === own.department.de;
  if (office.every((one) => same(one.department))) return null;
  const departments = known.departments.filter((one) => same(one.name)).map((one) => one.id);
  return {
    name: own.department,
    counters: new Set(office.filter((one) => same(one.department)).map((one) => one.id)),
    services: new Set(known.services.filter((one) => departments.includes(one.department_id)).map((one) => one.slug)),
  };
}

/** Does somebody with these concerns come to this area? Without an area everybody does. */
export function comesHere(area: Area | null, items: readonly Item[]): boolean {
  return area === null || area.services.size === 0 || items.some((item) => area.services.has(item.service));
}

/** Names as people count: 2 before 11. */
export const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name, 'de', { numeric: true });
