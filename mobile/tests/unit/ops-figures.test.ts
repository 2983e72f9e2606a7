import { describe, expect, it } from 'vitest';
import type { Lane, OpsOverview, Throughput } from '$shared/api/types';
import { axisLabels, barsOf, health, hintsOf, kindRows, peak, slowest, total, verdicts } from '../../src/ops/figures';
import { allStates, countIn, groups, statesOf } from '../../src/ops/states';

function overview(parts: Partial<OpsOverview> = {}): OpsOverview {
  return {
    generated_at: '2026-11-23T09:20:00Z', waiting: { count: 3, overdue: 0 }, oldest_due_seconds: 2, to_provider_p95_seconds: 0.8,
    delivered_share: 0.992, failed_open: 0, throughput: { from: '2026-11-23T08:20:00Z', span_seconds: 60, spans: 60, series: [] }, backlog: [], hints_out: 0, queue: null, lanes: [], by_state: [], jobs: [], queue_backend: 'in_process', queue_ok: true,
    workers: [{ name: 'w', lanes: ['sms'], started_at: '2026-11-23T08:00:00Z', heartbeat_age_seconds: 2, alive: true }],
    ...parts,
  };
}

const lane = (name: string, p95: number | null): Lane =>
  ({ lane: name, waiting: 0, oldest_seconds: null, per_minute: 0, p95_seconds: p95, providers: ['simulator'] }) as unknown as Lane;

describe('the figures', () => {
  it('within their limits are fine', () => {
    expect(health(overview())).toBe('fine');
  });
  it('leave a confirmation the time that a code does not have', () => {
    const lanes = [lane('codes', 0.4), lane('calls', 0.6), lane('sms', 20)];
    expect(health(overview({ lanes, to_provider_p95_seconds: 20 }))).toBe('fine');
    expect(slowest(lanes)?.lane).toBe('sms');
    expect(slowest([lane('codes', null), lane('sms', null)])).toBeNull();
  });
  it('without a measurement are neither good nor bad', () => {
    expect(verdicts(overview({ to_provider_p95_seconds: null, delivered_share: null }))).toMatchObject({ toProvider: 'none', delivered: 'none' });
  });
  it('an empty queue keeps its limit', () => {
    expect(verdicts(overview({ oldest_due_seconds: null })).oldest).toBe('ok');
  });
  it.each([
    ['a failed message', { failed_open: 1 }],
    ['a code that takes long', { lanes: [lane('codes', 5.1), lane('sms', 3)] }],
    ['a confirmation that takes more than a minute', { lanes: [lane('codes', 0.4), lane('sms', 61)] }],
    ['an unreachable queue', { queue_ok: false }],
    ['what is held for want of budget', { by_state: [{ state: 'held', count: 3 }] }],
    ['a failed job', { jobs: [{ name: 'sweep', every_seconds: 10, last_result: 'failed' as const, last_counts: [] }] }],
  ])('%s asks for a look', (_, parts) => {
    expect(health(overview(parts))).toBe('look');
  });
  it('nobody sending is a disruption', () => {
    expect(health(overview({ workers: [] }))).toBe('broken');
    expect(health(overview({ oldest_due_seconds: 121 }))).toBe('broken');
  });
});

describe('the bars', () => {
  const series = (kind: string, channel: string, taken: number[], failed: number[]) => ({ kind, channel, taken, delivered: taken, failed, dropped: [0, 1, 0] });
  const throughput: Throughput = {
    from: '2026-11-23T08:20:00Z', span_seconds: 1800, spans: 3,
    series: [series('booking_confirmed', 'sms', [1, 2, 3], [0, 1, 0]), series('booking_confirmed', 'email', [1, 0, 0], [0, 0, 0]), series('reminder', 'sms', [0, 9, 0], [0, 0, 0])],
  };
  it('count every series, reminders apart', () => {
    const bars = barsOf(throughput, { kind: '', channel: '' });
    expect(bars.map((bar) => [bar.sent, bar.reminders, bar.failed])).toEqual([[2, 0, 0], [2, 9, 1], [3, 0, 0]]);
    expect(bars[2]?.at).toBe('2026-11-23T09:20:00.000Z');
    expect(bars.reduce((sum, bar) => sum + total(bar), 0)).toBe(17);
    expect(peak(bars)).toBe(bars[1]);
  });
  it('show one kind or one channel alone', () => {
    expect(barsOf(throughput, { kind: 'reminder', channel: '' }).map((bar) => bar.sent + bar.reminders)).toEqual([0, 9, 0]);
    expect(barsOf(throughput, { kind: '', channel: 'email' }).map((bar) => bar.sent)).toEqual([1, 0, 0]);
  });
  it('add up to a row for each kind and channel, with what is due', () => {
    const backlog = [{ kind: 'slot_offered', channel: 'sms', waiting: 2, oldest_seconds: 7 }];
    const rows = kindRows({ throughput, backlog });
    expect(rows.map((row) => [row.kind, row.channel, row.waiting, row.taken])).toEqual([
      ['reminder', 'sms', 0, 9], ['booking_confirmed', 'sms', 0, 6], ['slot_offered', 'sms', 2, 0], ['booking_confirmed', 'email', 0, 1],
    ]);
    expect(rows[1]).toMatchObject({ failed: 1, dropped: 1 });
  });
});

describe('the queue beside the database', () => {
  const queue = (in_queue: number | null, hints_out: number) => ({ hints_out: 0, queue: { measured_at: '2026-11-23T09:20:00Z', in_queue, hints_out } });
  it('has forgotten what it does not hold', () => {
    expect(hintsOf(queue(3, 10)).missing).toBe(7);
    expect(hintsOf(queue(10, 3)).missing).toBe(0);
  });
  it('says nothing while it is away', () => {
    expect(hintsOf(queue(null, 10)).missing).toBeNull();
    expect(hintsOf({ hints_out: 4, queue: null })).toEqual({ out: 4, inQueue: null, missing: null });
  });
  it('is held against what the database said at the same moment, not now', () => {
    expect(hintsOf(queue(2, 2))).toEqual({ out: 2, inQueue: 2, missing: 0 });
  });
});

describe('the filters of messages', () => {
  it('hold every state exactly once', () => {
    const filtered = groups.filter((group) => group !== 'all').flatMap(statesOf);
    expect([...filtered].sort()).toEqual([...allStates].sort());
  });
  it('count what they show', () => {
    const counts = [{ state: 'queued', count: 2 }, { state: 'sent', count: 1 }, { state: 'failed', count: 4 }];
    expect([countIn('all', counts), countIn('underway', counts), countIn('failed', counts), countIn('delivered', counts)]).toEqual([7, 3, 4, 0]);
  });
});

describe('below the bars', () => {
  const bars = (from: string, minutes: number, count: number) =>
    barsOf({ from, span_seconds: minutes * 60, spans: count, series: [] }, { kind: '', channel: '' });
  const said = (labels: (string | null)[]) => labels.flatMap((label, n) => (label === null ? [] : [[n, label]]));

  it('stand tens of minutes in an hour', () => {
    expect(said(axisLabels(bars('2026-11-23T08:25:00Z', 1, 26), 1))).toEqual([[5, '9:30'], [15, '9:40'], [25, '9:50']]);
  });
  it('stand full hours in a day', () => {
    expect(said(axisLabels(bars('2026-11-23T08:30:00Z', 30, 4), 24))).toEqual([[1, '10:00'], [3, '11:00']]);
  });
  it('stands each day where it begins, on the town\'s clock', () => {
    const days = said(axisLabels(bars('2026-11-22T20:00:00Z', 60, 30), 168));
    expect(days.map(([n]) => n)).toEqual([3, 27]);
    expect(days[0]?.[1]).toBe('Mo, 23. Nov.');
  });
});
