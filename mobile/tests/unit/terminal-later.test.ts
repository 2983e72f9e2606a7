import { describe, expect, it, vi } from 'vitest';
import { deliver, type LaterStore, type StoredCheckIn } from '../../src/terminal/later';

const tap = (key: string): StoredCheckIn => ({ tap_key: key, code: '48291372', tapped_at: `2026-11-23T09:0${key}:00Z`, signature: null });

function memory(...taps: StoredCheckIn[]): LaterStore & { left: () => string[] } {
  let rows = [...taps];
  return {
    add: async (row) => void rows.push(row),
    all: async () => [...rows],
    remove: async (key) => void (rows = rows.filter((row) => row.tap_key !== key)),
    left: () => rows.map((row) => row.tap_key),
  };
}

describe('check-ins stored while the line is down', () => {
  it('are handed in once each, oldest first, and then forgotten', async () => {
    const store = memory(tap('1'), tap('2'), tap('3'));
    const hand = vi.fn(async () => 'done' as const);
    expect(await deliver(store, hand)).toBe(0);
    expect(hand.mock.calls.map(([one]: unknown[]) => (one as StoredCheckIn).tap_key)).toEqual(['1', '2', '3']);
    expect(store.left()).toEqual([]);
    expect(await deliver(store, hand)).toBe(0);
    expect(hand).toHaveBeenCalledTimes(3);
  });

  it('wait on at the first one the line does not take', async () => {
    const store = memory(tap('1'), tap('2'), tap('3'));
    const left = await deliver(store, async (one) => (one.tap_key === '2' ? 'later' : 'done'));
    expect(left).toBe(2);
    expect(store.left()).toEqual(['2', '3']);
  });

  it('stay in the store when handing in fails with an exception', async () => {
    const store = memory(tap('1'));
    await expect(deliver(store, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(store.left()).toEqual(['1']);
  });
});
