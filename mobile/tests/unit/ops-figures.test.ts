import { describe, expect, it } from 'vitest';
import type { Lane, OpsOverview } from '$shared/api/types';
import { bucketed, health, peak, slowest, total, verdicts } from '../../src/ops/figures';
import { allStates, countIn, groups, statesOf } from '../../src/ops/states';

function overview(parts: Partial<OpsOverview> = {}): OpsOverview {
  return {
    generated_at: '2026-11-23T09:20:00Z', waiting: { count: 3, overdue: 0 }, oldest_due_seconds: 2, to_provider_p95_seconds: 0.8,
    delivered_share: 0.992, failed_open: 0, per_minute: [], lanes: [], by_state: [], jobs: [], queue_backend: 'in_process', queue_ok: true,
    workers: [{ name: 'w', lanes: ['sms'], started_at: '2026-11-23T08:00:00Z', heartbeat_age_seconds: 2, alive: true }],
    ...parts,
  };
}

const lane = (name: string, p95: number | null): Lane =>
  ({ lane: name, waiting: 0, oldest_seconds: null, per_minute: 0, p95_seconds: p95, provider: 'simulator' }) as unknown as Lane;

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
    ['a failed job', { jobs: [{ name: 'sweep', every_seconds: 10, last_result: 'failed' as const }] }],
  ])('%s asks for a look', (_, parts) => {
    expect(health(overview(parts))).toBe('look');
  });
  it('nobody sending is a disruption', () => {
    expect(health(overview({ workers: [] }))).toBe('broken');
    expect(health(overview({ oldest_due_seconds: 121 }))).toBe('broken');
  });
});

describe('the bars', () => {
  const minutes = Array.from({ length: 150 }, (_, i) => ({ at: String(i), sent: 1, reminders: i === 70 ? 9 : 0, failed: 0 }));
  it('stay as they are while they fit', () => {
    expect(bucketed(minutes, 200)).toHaveLength(150);
  });
  it('join minutes without losing a message', () => {
    const bars = bucketed(minutes, 60);
    expect(bars.length).toBeLessThanOrEqual(60);
    expect(bars.reduce((sum, bar) => sum + total(bar), 0)).toBe(159);
    expect(peak(bars)?.at).toBe('69');
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
