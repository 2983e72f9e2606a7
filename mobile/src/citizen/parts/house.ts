// How a house stands now, in two short sentences: whether one waits, and whether anything is free today.
import type { LiveBoardOffice } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { waitRange, whenNear } from '$shared/format';
import { texts } from '../texts/index';

export interface Told {
  title: string;
  more: string;
}

const opensAt = (office: LiveBoardOffice): string =>
  office.opens_next ? texts.t.opens(whenNear(office.opens_next, clock.today)) : '';

export function waitingNow(office: LiveBoardOffice): Told {
  const t = texts.t;
  if (!office.open_now) return { title: t.closedNow, more: opensAt(office) };
  if (office.appointment_only) return { title: t.onlyAppointments, more: t.waiting(office.waiting) };
  const more = t.waiting(office.waiting);
  if (!office.wait) return { title: t.openNow, more };
  const none = office.waiting === 0 && office.wait.high_min <= 5;
  return { title: none ? t.noWait : t.waitWithout(waitRange(office.wait)), more };
}

export function freeToday(office: LiveBoardOffice): Told | null {
  const t = texts.t;
  const first = office.free_today[0];
  if (first) return { title: t.freeToday, more: t.firstFree(t.at(first.time.replace(/^0/, ''))) };
  if (!office.open_now) return null;
  return { title: t.fullToday, more: opensAt(office) };
}
