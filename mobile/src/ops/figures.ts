// The figures of the overview and the limits they are held against.
import type { Lane, OpsOverview } from '$shared/api/types';

/** ok: within its limit; warn: look at it; none: nothing measured yet. */
export type Verdict = 'ok' | 'warn' | 'none';

export const limits = {
  /** A due message may wait this long before somebody should look. */
  oldestDueSeconds: 120,
  /** From due to the provider's acceptance, 95 of 100 messages of a lane: somebody stands there and waits for the
      first three, nobody for a confirmation or a reminder. */
  toProviderSeconds: { codes: 5, calls: 5, dialogue: 10, sms: 60 },
  deliveredShare: 0.98,
  /** A heartbeat older than this is a worker that no longer answers. */
  heartbeatSeconds: 30,
} as const;

function atMost(value: number | null | undefined, limit: number): Verdict {
  if (value == null) return 'none';
  return value <= limit ? 'ok' : 'warn';
}

/** The goal of a lane; one we do not know yet is held to the patient one. */
export function goalOf(lane: string): number {
  const goals: Record<string, number> = limits.toProviderSeconds;
  return goals[lane] ?? limits.toProviderSeconds.sms;
}

/** Whether a lane is quick enough for those who wait for its messages. */
export function laneVerdict(lane: Pick<Lane, 'lane' | 'p95_seconds'>): Verdict {
  return atMost(lane.p95_seconds, goalOf(lane.lane));
}

/** The lane that is nearest to its goal or furthest beyond it; null while nothing was measured. */
export function slowest(lanes: readonly Lane[]): Lane | null {
  const share = (lane: Lane) => (lane.p95_seconds ?? 0) / goalOf(lane.lane);
  return lanes.filter((lane) => lane.p95_seconds != null).toSorted((a, b) => share(b) - share(a))[0] ?? null;
}

export interface Verdicts {
  waiting: Verdict;
  oldest: Verdict;
  toProvider: Verdict;
  delivered: Verdict;
  failed: Verdict;
}

/** Which figure keeps its limit. Nothing due is as good as just due. */
export function verdicts(overview: OpsOverview): Verdicts {
  const slow = slowest(overview.lanes);
  return {
    waiting: atMost(overview.waiting.overdue, 0),
    oldest: atMost(overview.oldest_due_seconds ?? 0, limits.oldestDueSeconds),
    toProvider: slow ? laneVerdict(slow) : 'none',
    delivered: overview.delivered_share == null ? 'none' : overview.delivered_share >= limits.deliveredShare ? 'ok' : 'warn',
    failed: atMost(overview.failed_open, 0),
  };
}

export type Health = 'fine' | 'look' | 'broken';

/** The one word in the bar: broken when nothing is sent, look when a limit is passed. */
export function health(overview: OpsOverview): Health {
  const workersGone = !overview.workers.some((worker) => worker.alive);
  const stuck = (overview.oldest_due_seconds ?? 0) > limits.oldestDueSeconds;
  if (workersGone || stuck) return 'broken';
  const passed = Object.values(verdicts(overview)).includes('warn');
  const jobFailed = overview.jobs.some((job) => job.last_result === 'failed');
  const workerGone = overview.workers.some((worker) => !worker.alive);
  return passed || jobFailed || workerGone || !overview.queue_ok ? 'look' : 'fine';
}

export type Minute = OpsOverview['per_minute'][number];

/** Joins minutes into at most `most` bars of equal length, so that a week stays readable. */
export function bucketed(minutes: readonly Minute[], most: number): Minute[] {
  const size = Math.ceil(minutes.length / most);
  if (size <= 1) return [...minutes];
  const bars: Minute[] = [];
  for (let start = 0; start < minutes.length; start += size) {
    const part = minutes.slice(start, start + size);
    const first = part[0];
    if (!first) continue;
    bars.push({
      at: first.at,
      sent: sum(part, 'sent'),
      reminders: sum(part, 'reminders'),
      failed: sum(part, 'failed'),
    });
  }
  return bars;
}

function sum(part: readonly Minute[], key: 'sent' | 'reminders' | 'failed'): number {
  return part.reduce((total, minute) => total + minute[key], 0);
}

/** Everything sent in one bar, whatever became of it. */
export function total(bar: Minute): number {
  return bar.sent + bar.reminders + bar.failed;
}

/** The bar with the most messages, for the picture's description. */
export function peak(bars: readonly Minute[]): Minute | undefined {
  return bars.reduce<Minute | undefined>((best, bar) => (!best || total(bar) > total(best) ? bar : best), undefined);
}
