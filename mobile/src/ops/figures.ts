// The figures of the overview and the limits they are held against.
import type { Lane, OpsOverview, Throughput } from '$shared/api/types';
import { dayOf, dayShort, time } from '$shared/format';

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

/** Messages put aside until there is budget again. */
export function heldBack(overview: Pick<OpsOverview, 'by_state'>): number {
  return overview.by_state.find((one) => one.state === 'held')?.count ?? 0;
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
    waiting: atMost(overview.waiting.overdue + heldBack(overview), 0),
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

/** What happened in one span of time; a span is one bar. */
export interface Bar {
  at: string;
  /** Taken by the provider: reminders, and everything else. */
  sent: number;
  reminders: number;
  delivered: number;
  failed: number;
  dropped: number;
}

/** Which series are shown; an empty word is all of them. */
export interface Shown {
  kind: string;
  channel: string;
}

const REMINDERS = ['reminder', 'early_reminder'];

/** The bars of the series shown, the oldest first. */
export function barsOf(throughput: Throughput, shown: Shown): Bar[] {
  const series = throughput.series.filter((one) => (!shown.kind || one.kind === shown.kind) && (!shown.channel || one.channel === shown.channel));
  const from = Date.parse(throughput.from);
  return Array.from({ length: throughput.spans }, (_, n) => {
    const sum = (of: (one: (typeof series)[number]) => number[]) => series.reduce((total, one) => total + (of(one)[n] ?? 0), 0);
    const reminders = sum((one) => (REMINDERS.includes(one.kind) ? one.taken : []));
    return {
      at: new Date(from + n * throughput.span_seconds * 1000).toISOString(),
      sent: sum((one) => one.taken) - reminders,
      reminders,
      delivered: sum((one) => one.delivered),
      failed: sum((one) => one.failed),
      dropped: sum((one) => one.dropped),
    };
  });
}

/** Everything that happened in one bar of the picture. */
export function total(bar: Bar): number {
  return bar.sent + bar.reminders + bar.failed;
}

/** The bar with the most messages, for the picture's description. */
export function peak(bars: readonly Bar[]): Bar | undefined {
  return bars.reduce<Bar | undefined>((best, bar) => (!best || total(bar) > total(best) ? bar : best), undefined);
}

const TEN_MINUTES = 600_000;
const HOUR = 3_600_000;

/** What stands below the bars of a window of so many hours: each ten minutes, hour or day where it begins. */
export function axisLabels(bars: readonly Bar[], hours: number): (string | null)[] {
  const spanOf = (at: string): string | number => (hours > 24 ? dayOf(at) : Math.floor(Date.parse(at) / (hours > 1 ? HOUR : TEN_MINUTES)));
  return bars.map(({ at }, n) => {
    const before = bars[n - 1];
    if (!before || spanOf(before.at) === spanOf(at)) return null;
    return hours > 24 ? dayShort(dayOf(at)) : time(at);
  });
}

/** One kind by one channel over the whole window, with what is due of it now. */
export interface KindRow {
  kind: string;
  channel: string;
  waiting: number;
  oldest: number | null;
  taken: number;
  delivered: number;
  failed: number;
  dropped: number;
}

/** A row for each kind and channel that something happens to, the busiest first. */
export function kindRows(view: Pick<OpsOverview, 'throughput' | 'backlog'>): KindRow[] {
  const rows = new Map<string, KindRow>();
  const row = (kind: string, channel: string): KindRow => {
    const key = `${kind} ${channel}`;
    const found = rows.get(key) ?? { kind, channel, waiting: 0, oldest: null, taken: 0, delivered: 0, failed: 0, dropped: 0 };
    rows.set(key, found);
    return found;
  };
  const sum = (counts: number[]) => counts.reduce((all, one) => all + one, 0);
  for (const one of view.throughput.series) {
    const found = row(one.kind, one.channel);
    found.taken += sum(one.taken);
    found.delivered += sum(one.delivered);
    found.failed += sum(one.failed);
    found.dropped += sum(one.dropped);
  }
  for (const due of view.backlog) {
    const found = row(due.kind, due.channel);
    found.waiting += due.waiting;
    found.oldest = Math.max(found.oldest ?? 0, due.oldest_seconds ?? 0);
  }
  return [...rows.values()].toSorted((a, b) => b.taken + b.waiting - a.taken - a.waiting || a.kind.localeCompare(b.kind));
}

/** Hints by the database, those in the queue, and those the queue has forgotten, all counted at the same moment. */
export interface Hints {
  out: number;
  inQueue: number | null;
  missing: number | null;
}

/** The hints when a worker last looked into the queue; where nobody has looked, what the database says now. */
export function hintsOf(view: Pick<OpsOverview, 'queue' | 'hints_out'>): Hints {
  if (!view.queue) return { out: view.hints_out, inQueue: null, missing: null };
  const out = view.queue.hints_out;
  const inQueue = view.queue.in_queue ?? null;
  return { out, inQueue, missing: inQueue === null ? null : Math.max(0, out - inQueue) };
}
