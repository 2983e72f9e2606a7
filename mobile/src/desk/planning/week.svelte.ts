// The week of an office with its conflicts, asked again after every change.
import { api, once } from '$shared/api/client';
import type { Day, PlanConflict, PlanWeek, SetupChange } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';
import { uuid } from '$shared/uuid';

export type Fate = 'keep' | 'move' | 'cancel';

export interface Decision {
  booking_id: string;
  move_to?: { pool_id: string; starts_at: string };
}

/** What the request says for each conflict; undecided ones are left out. */
export function decisions(conflicts: PlanConflict[], fates: Record<string, Fate>): Decision[] {
  return conflicts.flatMap((one): Decision[] => {
    const fate = fateOf(one, fates);
    if (fate === 'move' && one.proposal) return [{ booking_id: one.booking_id, move_to: one.proposal }];
    return fate === 'cancel' ? [{ booking_id: one.booking_id }] : [];
  });
}

/** What was chosen, else the proposal; nobody is cancelled without somebody saying so. */
export function fateOf(conflict: PlanConflict, fates: Record<string, Fate>): Fate {
  return fates[conflict.booking_id] ?? (conflict.proposal ? 'move' : 'keep');
}

export class Week {
  view = $state.raw<PlanWeek | null>(null);
  history = $state.raw<SetupChange[] | null>(null);
  failure = $state.raw<unknown>(null);
  #wanted = '';

  async show(office: string, day: Day): Promise<void> {
    const asked = `${office} ${day}`;
    this.#wanted = asked;
    try {
      const view = await asStaff(api.GET('/planning/weeks/{office}', { params: { path: { office }, query: { day } } }));
      const history = await asStaff(api.GET('/planning/changes'));
      if (this.#wanted !== asked) return;
      this.view = view;
      this.history = history;
      this.failure = null;
    } catch (error) {
      if (this.#wanted === asked) this.failure = error;
    }
  }
}

export const replan = (decided: Decision[]) =>
  asStaff(api.POST('/planning/replans', { body: { decisions: decided }, headers: once(uuid()) }));

export const undoReplan = (id: string) => asStaff(api.POST('/planning/replans/{id}/undo', { params: { path: { id } } }));

export const reopen = (id: string) => asStaff(api.DELETE('/planning/closures/{id}', { params: { path: { id } } }));
