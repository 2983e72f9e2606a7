// The one question that stands over the desk, and the questions that several parts ask.
import { time } from '$shared/format';
import type { Question } from '$shared/staff/Confirm.svelte';
import type { Visit } from '$shared/api/types';
import { cancelBooking, leave, missed, noShow, park } from './acts.svelte';
import { texts } from './texts/index';

export const asking = $state<{ question: Question | null }>({ question: null });

export function ask(question: Question): void {
  asking.question = question;
}

export function askMissed(visit: Visit): void {
  const t = texts.t.confirm;
  ask({
    title: t.missedTitle(visit.number),
    text: t.missedText,
    yes: t.missedYes,
    run: () => void missed(visit),
  });
}

export function askLeft(visit: Visit): void {
  const t = texts.t.confirm;
  ask({
    title: t.leftTitle(visit.number),
    text: t.leftText,
    yes: t.leftYes,
    harmful: true,
    run: () => void leave(visit),
  });
}

export function askPark(visit: Visit): void {
  const t = texts.t.confirm;
  ask({
    title: t.parkTitle(visit.number),
    text: t.parkText,
    yes: t.parkYes,
    reason: { label: t.parkReason },
    run: (reason) => void park(visit, reason),
  });
}

interface Booked {
  booking_id: string;
  name: string;
  starts_at: string;
}

export function askNoShow(booking: Booked): void {
  const t = texts.t.confirm;
  ask({
    title: t.noShowTitle(booking.name, time(booking.starts_at)),
    text: t.noShowText,
    yes: t.noShowYes,
    harmful: true,
    run: () => void noShow(booking.booking_id, booking.name),
  });
}

/** `after` runs once the booking is cancelled. */
export function askCancel(booking: Booked, after: () => void): void {
  const t = texts.t.confirm;
  ask({
    title: t.cancelTitle(booking.name, time(booking.starts_at)),
    text: t.cancelText,
    yes: t.cancelYes,
    harmful: true,
    reason: { label: t.cancelReason },
    run: (reason) => void cancelBooking(booking.booking_id, booking.name, reason).then(after),
  });
}
