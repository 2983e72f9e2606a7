import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Hold, Service, Slot } from '../../src/shared/api/types';
import { isRefused } from '../../src/shared/api/problem';
import { draft, keepDraft } from '../../src/citizen/draft.svelte';

const service = (slug: string) => ({ slug, duration_min: 15, offices: [], fields: {} }) as unknown as Service;
const slot = (time: string): Slot => ({
  pool_id: 'p',
  office_id: 'r',
  office_name: 'Rathaus',
  starts_at: `2026-11-23T${time}:00Z`,
  ends_at: `2026-11-23T${time}:00Z`,
  day: '2026-11-23',
  time,
});
const hold = (id: string): Hold => ({
  id,
  token: `token-${id}`,
  starts_at: '2026-11-23T09:00:00Z',
  ends_at: '2026-11-23T09:15:00Z',
  expires_at: new Date(Date.now() + 600_000).toISOString(),
  extendable: true,
  office: { id: 'r', name: 'Rathaus' },
  duration_min: 15,
});

let seen: string[] = [];
let answers: Record<string, () => Response> = {};
const json = (body: unknown, status: number) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

beforeEach(() => {
  draft.done();
  Object.assign(draft, { name: '', phone: '', adding: false });
  seen = [];
  let holds = 0;
  answers = {
    'POST /hold-challenges': () => json({ challenge: 'c', difficulty: 0, expires_at: new Date(Date.now() + 600_000).toISOString() }, 200),
    'POST /holds': () => json(hold(`h${++holds}`), 201),
    'DELETE /holds/h1': () => new Response(null, { status: 204 }),
  };
  vi.stubGlobal('fetch', (request: Request) => {
    const what = `${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`;
    // What a hold costs in computing is another matter.
    if (what !== 'POST /hold-challenges') seen.push(what);
    return Promise.resolve(answers[what]?.() ?? json({ code: 'not_found' }, 404));
  });
});

describe('the draft of a booking', () => {
  it('begins anew with another service', () => {
    draft.choose({ service: service('a'), quantity: 2 });
    draft.choose({ service: service('b'), quantity: 1 });
    expect(draft.wishes.map((wish) => wish.service.slug)).toEqual(['b']);
  });

  it('takes a further service into the same visit', () => {
    draft.choose({ service: service('a'), quantity: 1 });
    draft.adding = true;
    draft.choose({ service: service('b'), quantity: 1 });
    expect(draft.wishes.map((wish) => wish.service.slug)).toEqual(['a', 'b']);
    expect(draft.adding).toBe(false);
  });

  it('keeps a slot and counts its time down', async () => {
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    expect(draft.token).toBe('token-h1');
    expect(draft.left).toBeGreaterThan(590_000);
    // The clock shown moves once a second.
    expect(draft.left).toBeLessThanOrEqual(601_000);
  });

  it('does not take the same slot twice', async () => {
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    await draft.take(slot('09:00'));
    expect(seen).toEqual(['POST /holds']);
  });

  it('gives the first slot back once it has another', async () => {
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    await draft.take(slot('10:00'));
    expect(seen).toEqual(['POST /holds', 'POST /holds', 'DELETE /holds/h1']);
    expect(draft.hold?.id).toBe('h2');
  });

  it('keeps the first slot when the other is taken', async () => {
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    answers['POST /holds'] = () => json({ code: 'slot_taken', status: 409, data: { nearest: [slot('11:00')] } }, 409);
    await expect(draft.take(slot('10:00'))).rejects.toSatisfy((error) => isRefused(error, 'slot_taken'));
    expect(draft).toMatchObject({ hold: { id: 'h1' }, slot: { time: '09:00' } });
    expect(seen).not.toContain('DELETE /holds/h1');
  });

  it('keeps what was typed when its time is over', async () => {
    draft.choose({ service: service('a'), quantity: 1 });
    draft.name = 'Erika Exempel';
    await draft.take(slot('09:00'));
    draft.lose('expired', [slot('11:00')]);
    expect(draft).toMatchObject({ hold: null, lost: 'expired', name: 'Erika Exempel' });
    expect(draft.nearest).toHaveLength(1);
  });

  it('survives a reload of its tab, and is gone once it is booked', () => {
    keepDraft(sessionStorage);
    draft.choose({ service: service('a'), quantity: 2 });
    draft.name = 'Erika Exempel';
    flushSync();
    const kept = sessionStorage.getItem('lotse.booking') ?? '';
    expect(JSON.parse(kept)).toMatchObject({ name: 'Erika Exempel', wishes: [{ quantity: 2 }] });
    draft.done();
    flushSync();
    expect(sessionStorage.getItem('lotse.booking')).toBeNull();
    draft.restore(JSON.parse(kept));
    expect(draft.wishes[0]?.service.slug).toBe('a');
  });

  it.each([null, 'text', 7, {}, { wishes: 'none' }])('ignores what is not a draft: %j', (kept) => {
    draft.restore(kept);
    expect(draft.wishes).toEqual([]);
  });
});

describe('keeping a slot', () => {
  const challenge = (name: string, difficulty: number) => () =>
    json({ challenge: name, difficulty, expires_at: new Date(Date.now() + 600_000).toISOString() }, 200);

  it('shows the name of this browser, always the same', async () => {
    const names: (string | null)[] = [];
    const answer = globalThis.fetch as unknown as (request: Request) => Promise<Response>;
    vi.stubGlobal('fetch', (request: Request) => {
      if (request.url.endsWith('/holds')) names.push(request.headers.get('Device-Id'));
      return answer(request);
    });
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    await draft.take(slot('10:00'));
    expect(names[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(names).toEqual([names[0], names[0]]);
  });

  it('proves its work anew, once, when the town does not take the proof', async () => {
    let tries = 0;
    const proofs: unknown[] = [];
    const answer = globalThis.fetch as unknown as (request: Request) => Promise<Response>;
    vi.stubGlobal('fetch', async (request: Request) => {
      if (request.url.endsWith('/holds')) proofs.push((await request.clone().json() as { proof?: { challenge: string } }).proof?.challenge);
      return answer(request);
    });
    answers['POST /holds'] = () => (++tries === 1 ? json({ code: 'proof_required', status: 428 }, 428) : json(hold('h9'), 201));
    answers['POST /hold-challenges'] = challenge('fresh', 4);
    draft.choose({ service: service('a'), quantity: 1 });
    await draft.take(slot('09:00'));
    expect(draft.hold?.id).toBe('h9');
    expect(proofs).toEqual([undefined, 'fresh']);
    answers['POST /holds'] = () => json({ code: 'proof_wrong', status: 409 }, 409);
    await expect(draft.take(slot('10:00'))).rejects.toSatisfy((error) => isRefused(error, 'proof_wrong'));
    expect(proofs).toHaveLength(4);
  });
});
