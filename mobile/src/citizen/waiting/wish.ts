// When and where somebody on the waiting list could come: the form, what is wrong with it, what the town is told.
import type { Day, WaitingWish } from '$shared/api/types';
import { addDays, daysBetween } from '$shared/format';

export const PARTS = ['any', 'morning', 'afternoon', 'exact'] as const;
export type Part = (typeof PARTS)[number];

/** A wish as it is typed. */
export interface WishForm {
  /** One office; null is any. */
  office: string | null;
  from_day: Day;
  to_day: Day;
  part: Part;
  from_time: string;
  to_time: string;
}

/** The days after today up to which one can wish; the town takes two months. */
export const FURTHEST_DAYS = 60;

const NOON = '12:00';

/** Freed times nearer than this are in the calendar for everybody at once and are offered to nobody. */
export const NEAREST_DAYS = 1;

/** A wish to begin with: from tomorrow up to `last`, whatever the hour. */
export function newWish(today: Day, last: Day): WishForm {
  const tomorrow = addDays(today, 1);
  const from_day = tomorrow < last ? tomorrow : last;
  return { office: null, from_day, to_day: last, part: 'any', from_time: '08:00', to_time: '18:00' };
}

/** Up to when somebody probably waits who found `earliest` as the first free day, or nothing. */
export function lastDayFor(today: Day, earliest: Day | null): Day {
  if (earliest === null) return addDays(today, FURTHEST_DAYS);
  return daysBetween(today, earliest) > NEAREST_DAYS ? earliest : addDays(today, 28);
}

/** The sentences for what can be wrong. */
export type WishSentences = Record<'checkDay' | 'checkPast' | 'checkOrder' | 'checkFar' | 'checkTime' | 'checkTimes', string>;

/** What is wrong with the wish, by field. */
export function checkWish(form: WishForm, today: Day, t: WishSentences): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!form.from_day) wrong['from_day'] = t.checkDay;
  if (!form.to_day) wrong['to_day'] = t.checkDay;
  else if (form.to_day < today) wrong['to_day'] = t.checkPast;
  else if (form.from_day && form.to_day < form.from_day) wrong['to_day'] = t.checkOrder;
  else if (daysBetween(today, form.to_day) > FURTHEST_DAYS) wrong['to_day'] = t.checkFar;
  if (form.part === 'exact') {
    if (!form.from_time) wrong['from_time'] = t.checkTime;
    if (!form.to_time) wrong['to_time'] = t.checkTime;
    else if (form.from_time && form.to_time <= form.from_time) wrong['to_time'] = t.checkTimes;
  }
  return wrong;
}

/** The wish as the town is told; a day that has passed begins today. */
export function wishOf({ office, from_day, to_day, part, from_time, to_time }: WishForm, today: Day) {
  const times = {
    any: {},
    morning: { to_time: NOON },
    afternoon: { from_time: NOON },
    exact: { from_time, to_time },
  }[part];
  return { office_id: office ?? undefined, from_day: from_day < today ? today : from_day, to_day, ...times };
}

/** The hours of a wish as the town keeps it; null where the day has no such limit. */
export function hoursOf({ from_time, to_time }: Pick<WaitingWish, 'from_time' | 'to_time'>): { from: string | null; to: string | null } {
  const from = from_time && from_time !== '00:00' ? from_time : null;
  const to = to_time && to_time !== '24:00' ? to_time : null;
  return { from, to };
}
