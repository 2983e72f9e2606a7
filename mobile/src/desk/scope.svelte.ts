// Whether the lists show one's own area or the whole office. Remembered by this browser.
import { api } from '$shared/api/client';
import type { Counter, StaffMe } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';
import { areaOf, type Area } from './area';
import { catalogue } from './catalogue.svelte';
import { saved, setSaved } from './preferences';

let counters = $state.raw<Counter[]>([]);
let own = $state(saved('own-area', true));

export const scope = {
  /** The counters of the town, once `know` was heard. */
  get counters(): readonly Counter[] {
    return counters;
  },
  get own(): boolean {
    return own;
  },
  set own(on: boolean) {
    own = on;
    setSaved('own-area', on);
  },
  /** The area of whoever works here, whether it is being looked at or not. */
  areaOf: (me: StaffMe): Area | null =>
    areaOf(me.counter?.id, { counters, departments: catalogue.departments, services: catalogue.services }),
  /** The area to show; null for everything. */
  shown: (me: StaffMe): Area | null => (own ? scope.areaOf(me) : null),
  /** Asks for the counters; without an answer the whole office stays in sight. */
  async know(): Promise<void> {
    if (counters.length > 0) return;
    counters = await asStaff(api.GET('/counters')).catch(() => []);
  },
};
