// The controls of sending: shares, the day's budget, hour by hour, what is stopped; and the runbooks the pages lead to.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MessagePause, OpsBudget, SmsProviderState, Throughput } from '$shared/api/types';
import { PAID_SMS, asksForLook, budgetBar, calls, hoursOf, pauseOf, percents, segmentsIn, sharesNow, usedShare, weightIn } from '../../src/ops/controls';
import { read, runbook, runbooks } from '../../src/ops/runbooks';

const worker = (lost: number) => ({ worker: 'w', breaker: 'closed', open_since: null, probe_at: null, lost_points: lost, calls: 0, bad: 0 });
const provider = (name: string, weight: number, parts: Partial<SmsProviderState> = {}): SmsProviderState => ({
  name, weight, paused: false, state: 'working', workers: [worker(0)], speed: null, outcomes: [], ...parts,
});
const budget = (parts: Partial<OpsBudget> = {}): OpsBudget => ({
  day: '2026-11-23', segments_per_day: 1000, reserve: 200, used: 0, held: 0, level: 'usual', guarded_since: null, codes_sent: 0, codes_typed_in: 0, ...parts,
});
const pause: MessagePause = { scope: 'kind', name: 'reminder', since: '2026-11-23T09:20:00Z', by: null, reason: 'Probe' };

describe('shares', () => {
  it('are whole percents that add up to a hundred', () => {
    expect(percents([1, 1, 1])).toEqual([34, 33, 33]);
    expect(percents([70, 30])).toEqual([70, 30]);
    expect(percents([5, 0])).toEqual([100, 0]);
    expect(percents([0, 0])).toEqual([0, 0]);
  });
  it('lose what failures took, as the worker says that saw most of them', () => {
    expect(sharesNow([provider('a', 60, { workers: [worker(0), worker(20)] }), provider('b', 40)])).toEqual([50, 50]);
  });
  it('are nothing for whoever is paused, and what they were when failures took all of them', () => {
    expect(sharesNow([provider('a', 60, { paused: true }), provider('b', 40)])).toEqual([0, 100]);
    expect(sharesNow([provider('a', 60, { workers: [worker(100)] }), provider('b', 40, { workers: [worker(100)] })])).toEqual([60, 40]);
  });
  it('are typed as whole numbers up to a hundred', () => {
    expect(['0', ' 70 ', '100', '101', '-1', '7,5', ''].map(weightIn)).toEqual([0, 70, 100, null, null, null, null]);
  });
});

describe('the budget', () => {
  it('is drawn with the reserve behind the limit', () => {
    expect(budgetBar(budget({ used: 600 }))).toEqual({ used: 50, warning: (800 / 1200) * 100, limit: (1000 / 1200) * 100 });
    expect(budgetBar(budget({ used: 5000 })).used).toBe(100);
    expect(budgetBar(budget({ segments_per_day: 0, reserve: 0 }))).toEqual({ used: 100, warning: 100, limit: 100 });
  });
  it('of nought is used up', () => {
    expect(usedShare(budget({ segments_per_day: 0 }))).toBe(1);
    expect(usedShare(budget({ used: 250 }))).toBe(0.25);
  });
  it('is typed with or without points between the thousands', () => {
    expect(['5000', '5.000', '1,000,000', '10 000', '1.000.001', '5.5', 'viel', ''].map(segmentsIn)).toEqual([5000, 5000, 1_000_000, 10_000, null, null, null, null]);
  });
});

describe('the hours of today', () => {
  const throughput: Throughput = {
    // 22:00 of the day before to 2:00, in Berlin.
    from: '2026-11-22T21:00:00Z', span_seconds: 1800, spans: 8,
    series: [
      { kind: 'reminder', channel: 'sms', taken: [9, 9, 9, 9, 1, 2, 4, 8], delivered: [], failed: [], dropped: [] },
      { kind: 'queue_called', channel: 'push', taken: [5, 5, 5, 5, 5, 5, 5, 5], delivered: [], failed: [], dropped: [] },
      { kind: 'queue_called', channel: 'sms', taken: [0, 0, 0, 0, 0, 1, 0, 0], delivered: [], failed: [], dropped: [] },
    ],
  };
  it('hold the SMS of the local day, and nothing of the day before', () => {
    expect(hoursOf(throughput, '2026-11-23').slice(0, 3)).toEqual([4, 12, 0]);
    expect(hoursOf(throughput, '2026-11-22').slice(21)).toEqual([0, 18, 18]);
  });
});

describe('what is stopped', () => {
  it('is found by what it is and which one', () => {
    expect(pauseOf([pause], { scope: 'kind', name: 'reminder' })).toBe(pause);
    expect(pauseOf([pause], { scope: 'channel', name: 'reminder' })).toBeNull();
    expect(pauseOf([pause], PAID_SMS)).toBeNull();
  });
  it('asks for a look, as a broken provider, a short budget and guarded codes do', () => {
    const pauses = (list: MessagePause[]) => ({ pauses: list, channels: [], kinds: [], providers: [] });
    expect(asksForLook(pauses([]), [provider('a', 100)], budget())).toBe(false);
    expect(asksForLook(null, [], null)).toBe(false);
    expect(asksForLook(pauses([pause]), [], budget())).toBe(true);
    expect(asksForLook(pauses([]), [provider('a', 100, { state: 'failing' })], budget())).toBe(true);
    expect(asksForLook(pauses([]), [], budget({ level: 'short' }))).toBe(true);
    expect(asksForLook(pauses([]), [], budget({ guarded_since: '2026-11-23T09:20:00Z' }))).toBe(true);
  });
  it('counts calls and those that were taken', () => {
    expect(calls({ outcomes: [{ outcome: 'accepted', count: 7 }, { outcome: 'ambiguous', count: 2 }] })).toEqual({ all: 9, taken: 7 });
  });
});

describe('runbooks', () => {
  it('are read with their sections, points and what one types', () => {
    const found = read('probe', '# LotseProbe\n\nSomething.\n\n## What to do\n- Look at `/ops`,\n  and wait.\n- Then go.\n\nDone.\n');
    expect(found).toEqual({
      name: 'probe', alert: 'LotseProbe', about: 'Something.',
      sections: [{
        title: 'What to do',
        blocks: [
          { points: true, lines: [[{ text: 'Look at ', code: false }, { text: '/ops', code: true }, { text: ',', code: false }, { text: ' ', code: false }, { text: 'and wait.', code: false }], [{ text: 'Then go.', code: false }]] },
          { points: false, lines: [[{ text: 'Done.', code: false }]] },
        ],
      }],
    });
  });
  it('are all there, each with its five parts', () => {
    const files = readdirSync(resolve(import.meta.dirname, '../../../infra/runbooks')).filter((file) => file !== 'README.md');
    expect(runbooks.map((one) => `${one.name}.md`).toSorted()).toEqual(files.toSorted());
    expect(runbooks.filter((one) => one.sections.length !== 5 || one.about === '')).toEqual([]);
  });
  it('exist wherever a page leads to one', () => {
    const folder = resolve(import.meta.dirname, '../../src/ops/parts');
    const pages = readdirSync(folder).map((file) => readFileSync(resolve(folder, file), 'utf8'));
    const named = pages.flatMap((text) => [...text.matchAll(/<WhatToDo name="([\w-]+)"|runbook: [^\n]*|<WhatToDo name=\{[^\n]*/g)].flatMap((found) => found[1] ?? [...found[0].matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map((name) => name[1] ?? '')));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => runbook(name) === null)).toEqual([]);
  });
});
