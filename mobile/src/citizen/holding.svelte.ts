// Keeping a slot: with the name this browser gave itself, so that nobody keeps many, and with a proof of work where the
// town asks for one.
import { api, call, once } from '$shared/api/client';
import { isRefused } from '$shared/api/problem';
import type { Hold, ItemRequest, Slot } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { uuid } from '$shared/uuid';
import { compute } from './proof/compute';
import { Prover, type Proof } from './proof/prover';

const NAME = 'lotse.device';

let computing = $state(0);

/** Whether this device is busy with a proof. */
export const effort = {
  get computing(): boolean {
    return computing > 0;
  },
};

const prover = new Prover({
  ask: () => call(api.POST('/hold-challenges')),
  now: () => clock.exact(),
  async compute(challenge, difficulty) {
    computing += 1;
    try {
      return await compute(challenge, difficulty);
    } finally {
      computing -= 1;
    }
  },
});

/** Computes what the next hold needs while somebody still chooses. */
export function prepareHold(): void {
  prover.prepare();
}

/** Keeps a slot for this visitor. Throws `slot_taken` and the like. */
export async function holdSlot(items: ItemRequest[], slot: Slot): Promise<Hold> {
  const body = { items, pool_id: slot.pool_id, starts_at: slot.starts_at };
  try {
    return await send(body);
  } catch (caught) {
    if (!isRefused(caught, 'proof_required', 'proof_wrong', 'proof_expired', 'proof_used')) throw caught;
    prover.forget();
    return send(body);
  }
}

async function send(body: { items: ItemRequest[]; pool_id: string; starts_at: string }): Promise<Hold> {
  const proof: Proof | undefined = await prover.proof();
  const params = { header: { 'Device-Id': deviceName() } };
  const hold = await call(api.POST('/holds', { params, body: { ...body, proof }, headers: once() }));
  // A proof serves for one hold; where none was needed, nothing is used up.
  if (proof) prover.forget();
  return hold;
}

/** A random name, the same as long as this browser keeps it. */
export function deviceName(store: Storage | undefined = globalThis.localStorage): string {
  try {
    const kept = store?.getItem(NAME);
    if (kept) return kept;
    const name = uuid();
    store?.setItem(NAME, name);
    return name;
  } catch {
    return uuid();
  }
}
