// When a device was last seen, as an age: minutes while they tell something, then the time, then the day.
import type { DeviceRow } from '$shared/api/types';
import { age, dayOf, whenNear } from '$shared/format';
import { texts } from './texts/index';

const MINUTE = 60_000;
/** The server notes at most once a minute that a device was there. */
const JUST_NOW = 2 * MINUTE;
const HOUR = 60 * MINUTE;

export function lastSeen({ last_seen_at, enrolled_at }: Pick<DeviceRow, 'last_seen_at' | 'enrolled_at'>, now: number): string {
  const t = texts.t.devices;
  if (last_seen_at == null) return t.never;
  const seen = Date.parse(last_seen_at);
  // Enrolling counts as being seen. Whoever set the device up may have had another clock than the town has now.
  if (enrolled_at != null && Math.abs(seen - Date.parse(enrolled_at)) < 1_000 && Math.abs(now - seen) > JUST_NOW) return t.notSince;
  const ago = now - seen;
  if (ago < JUST_NOW) return t.justNow;
  if (ago < HOUR) return t.ago(age(ago));
  return whenNear(last_seen_at, dayOf(now));
}
