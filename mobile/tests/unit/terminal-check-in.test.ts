import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckIn, Problem } from '../../src/shared/api/types';
import type { LaterStore, StoredCheckIn } from '../../src/terminal/later';
import { Terminal } from '../../src/terminal/terminal.svelte';

const CODE = '48291372';
const checkIn = { ticket: { number: 'B 012' }, already: false } as CheckIn;

interface Seen {
  path: string;
  key: string | null;
  body: unknown;
}
let seen: Seen[] = [];
let answer: (path: string) => Response | Promise<Response>;

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const problem = (status: number, code: string, data: Problem['data'] = null) =>
  new Response(JSON.stringify({ code, status, data }), { status, headers: { 'content-type': 'application/problem+json' } });
const house = (path: string): Response => {
  if (path === '/device') return json({ id: 'd', kind: 'terminal', office: { zones: [] } });
  if (path === '/terminal') return json({ services: [], free_today: [], waiting: 0 });
  if (path === '/services') return json({ departments: [], services: [{ slug: 's' }] });
  return json(checkIn);
};

function memory(): LaterStore {
  const rows = new Map<string, StoredCheckIn>();
  return {
    add: async (row) => void rows.set(row.tap_key, row),
    all: async () => [...rows.values()],
    remove: async (key) => void rows.delete(key),
  };
}
const taps = () => seen.filter((one) => one.path === '/check-ins');

beforeEach(() => {
  seen = [];
  answer = house;
  localStorage.setItem('lotse.terminal.token', 'token');
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/v1', '');
    seen.push({
      path,
      key: request.headers.get('idempotency-key'),
      body: request.method === 'POST' ? await request.clone().json() : null,
    });
    return answer(path);
  });
});

describe('checking in at the terminal', () => {
  it('shows the number', async () => {
    const terminal = new Terminal(memory());
    await terminal.checkIn(CODE);
    expect(terminal.screen).toMatchObject({ name: 'success', checkIn: { ticket: { number: 'B 012' } } });
  });

  it('says why not, and keeps the tries left', async () => {
    answer = () => problem(404, 'check_in_code_unknown', { tries_left: 2 });
    const terminal = new Terminal(memory());
    await terminal.checkIn(CODE);
    expect(terminal.screen).toMatchObject({ name: 'refused', refusal: { kind: 'unknown', triesLeft: 2 } });
  });

  it('keeps the code when nobody answers, and hands it in once under the same key', async () => {
    const terminal = new Terminal(memory());
    await terminal.poll();
    answer = () => Promise.reject(new TypeError('network'));
    await terminal.checkIn(CODE);
    expect(terminal.screen.name).toBe('stored');
    expect(terminal.stored).toBe(1);
    expect(terminal.offlineSince).not.toBeNull();

    answer = house;
    await terminal.poll();
    expect(terminal.offlineSince).toBeNull();
    expect(terminal.stored).toBe(0);
    // Who still stands there sees the number at once.
    expect(terminal.screen.name).toBe('success');
    const [first, second, ...more] = taps();
    expect(more).toEqual([]);
    expect(second?.key).toBe(first?.key);
    expect(second?.body).toEqual(first?.body);

    await terminal.poll();
    expect(taps()).toHaveLength(2);
  });

  it('does not bother the next person with the number of the one before', async () => {
    const terminal = new Terminal(memory());
    answer = () => problem(503, 'unavailable');
    await terminal.checkIn(CODE);
    terminal.leave();
    answer = house;
    await terminal.poll();
    expect(terminal.stored).toBe(0);
    expect(terminal.screen.name).toBe('start');
  });

  it('forgets a stored code that the server refuses, so that the ones behind it get through', async () => {
    const terminal = new Terminal(memory());
    answer = () => Promise.reject(new TypeError('network'));
    await terminal.checkIn(CODE);
    terminal.leave();
    await terminal.checkIn('00000000');
    terminal.leave();
    expect(terminal.stored).toBe(2);
    answer = (path) => (path === '/check-ins' ? problem(409, 'check_in_cancelled') : house(path));
    await terminal.poll();
    expect(terminal.stored).toBe(0);
  });

  it('says so when this device cannot store anything', async () => {
    const broken = { ...memory(), add: () => Promise.reject(new Error('no IndexedDB')) };
    const terminal = new Terminal(broken);
    answer = () => Promise.reject(new TypeError('network'));
    await terminal.checkIn(CODE);
    expect(terminal.screen).toMatchObject({ name: 'stored', kept: false });
  });

  it('is over once the administration has signed the device off', async () => {
    answer = () => problem(401, 'device_revoked');
    const terminal = new Terminal(memory());
    await terminal.checkIn(CODE);
    expect(terminal.revoked).toBe(true);
    expect(terminal.enrolled).toBe(false);
    expect(localStorage.getItem('lotse.terminal.token')).toBeNull();
  });

  it('counts two presses of the key as one', async () => {
    const terminal = new Terminal(memory());
    await Promise.all([terminal.checkIn(CODE), terminal.checkIn(CODE)]);
    expect(taps()).toHaveLength(1);
  });
});
