// The states of a message as operations sees them: which filter they belong to and how they are drawn.

export type Group = 'all' | 'underway' | 'delivered' | 'uncertain' | 'failed' | 'ended';
export type Tone = 'ok' | 'run' | 'warn' | 'bad' | 'off';

export const groups: readonly Group[] = ['all', 'underway', 'delivered', 'uncertain', 'failed', 'ended'];

const membership = {
  held: 'underway',
  queued: 'underway',
  enqueued: 'underway',
  sending: 'underway',
  accepted: 'underway',
  sent: 'underway',
  delivered: 'delivered',
  uncertain: 'uncertain',
  undelivered: 'failed',
  failed: 'failed',
  expired: 'ended',
  superseded: 'ended',
  suppressed: 'ended',
  cancelled: 'ended',
} as const satisfies Record<string, Exclude<Group, 'all'>>;

export type MessageState = keyof typeof membership;

const tones: Record<MessageState, Tone> = {
  held: 'off',
  queued: 'off',
  enqueued: 'run',
  sending: 'run',
  accepted: 'run',
  sent: 'run',
  delivered: 'ok',
  uncertain: 'warn',
  undelivered: 'bad',
  failed: 'bad',
  expired: 'off',
  superseded: 'off',
  suppressed: 'off',
  cancelled: 'off',
};

export const allStates = Object.keys(membership) as MessageState[];

/** The states a filter stands for, none for "all". */
export function statesOf(group: Group): MessageState[] {
  return group === 'all' ? [] : allStates.filter((state) => membership[state] === group);
}

/** The colour and shape of a state; one we do not know yet stays plain. */
export function toneOf(state: string): Tone {
  return tones[state as MessageState] ?? 'off';
}

/** How many messages a filter would show. */
export function countIn(group: Group, counts: readonly { state: string; count: number }[]): number {
  return counts
    .filter(({ state }) => group === 'all' || membership[state as MessageState] === group)
    .reduce((sum, { count }) => sum + count, 0);
}
