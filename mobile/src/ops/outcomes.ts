// What became of what people wrote: the outcomes in groups, each with a shape.
import type { OutcomeCount } from '$shared/api/types';
import type { IconName } from '$shared/ui/icons';

export const groups = ['all', 'answered', 'waiting', 'unanswered', 'failed'] as const;
export type Group = (typeof groups)[number];

const OUTCOMES: Record<Group, readonly string[]> = {
  all: [],
  answered: ['answered'],
  waiting: ['waiting'],
  unanswered: ['noted', 'late', 'too_many', 'unanswerable'],
  failed: ['failed'],
};

export const outcomesOf = (group: Group): readonly string[] => OUTCOMES[group];

/** How many messages are in a group; in all of them together for `all`. */
export function countIn(group: Group, counts: readonly OutcomeCount[]): number {
  const within = OUTCOMES[group];
  return counts.filter((one) => group === 'all' || within.includes(one.outcome)).reduce((sum, one) => sum + one.count, 0);
}

const LOOKS: Record<string, { icon: IconName; tone: string }> = {
  waiting: { icon: 'clock', tone: 'run' },
  answered: { icon: 'check-circle', tone: 'ok' },
  noted: { icon: 'check', tone: 'off' },
  late: { icon: 'hourglass', tone: 'warn' },
  too_many: { icon: 'warning', tone: 'warn' },
  unanswerable: { icon: 'minus-circle', tone: 'off' },
  failed: { icon: 'x-circle', tone: 'bad' },
};

/** The shape and tone of an outcome; a new one is unknown. */
export const lookOf = (outcome: string): { icon: IconName; tone: string } => LOOKS[outcome] ?? { icon: 'unknown', tone: 'off' };
