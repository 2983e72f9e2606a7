// Which of the appointments on this device still lie ahead.
import type { Appointment } from '$shared/api/types';

/** A visit may take longer than planned: so long after its end it is still shown as coming. */
const GRACE_MS = 60 * 60_000;

/** After this long an appointment is nobody's business any more, not even this device's. */
const KEPT_MS = 14 * 24 * 60 * 60_000;

export function isOld({ ends_at }: Pick<Appointment, 'ends_at'>, now: number): boolean {
  return Date.parse(ends_at) + KEPT_MS < now;
}

export function isAhead({ state, ends_at }: Pick<Appointment, 'state' | 'ends_at'>, now: number): boolean {
  return (state === 'booked' || state === 'arrived') && Date.parse(ends_at) + GRACE_MS > now;
}
