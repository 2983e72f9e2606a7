// Why the server did not check somebody in, as the terminal shows it.
import type { Day, Instant } from '$shared/api/types';
import type { Refused } from '$shared/api/problem';

/** The appointment is good, but not today. */
export interface OtherDay {
  kind: 'other_day';
  startsAt: Instant;
  officeName: string;
  day: Day | null;
}

export type Refusal =
  | { kind: 'unknown'; triesLeft: number | null }
  | OtherDay
  | { kind: 'other_office'; startsAt: Instant | null; officeName: string; street: string }
  | { kind: 'expired'; startsAt: Instant | null }
  | { kind: 'cancelled' }
  | { kind: 'not_confirmed' }
  | { kind: 'too_many'; retryAt: Instant | null }
  | { kind: 'busy' };

/** Everything we do not know by name is `busy`: try again, or ask a person. */
export function refusalFrom({ code, data }: Pick<Refused, 'code' | 'data'>): Refusal {
  switch (code) {
    case 'check_in_code_unknown':
      return { kind: 'unknown', triesLeft: data.tries_left ?? null };
    case 'check_in_other_day':
      return data.starts_at == null
        ? { kind: 'busy' }
        : { kind: 'other_day', startsAt: data.starts_at, officeName: data.office_name ?? '', day: data.day ?? null };
    case 'check_in_other_office':
      return {
        kind: 'other_office',
        startsAt: data.starts_at ?? null,
        officeName: data.office_name ?? '',
        street: data.street ?? '',
      };
    case 'check_in_expired':
      return { kind: 'expired', startsAt: data.starts_at ?? null };
    case 'check_in_cancelled':
      return { kind: 'cancelled' };
    case 'check_in_not_confirmed':
      return { kind: 'not_confirmed' };
    case 'too_many_tries':
      return { kind: 'too_many', retryAt: data.retry_at ?? null };
    default:
      return { kind: 'busy' };
  }
}
