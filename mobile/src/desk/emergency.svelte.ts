// Calling for help. One press sends; nothing asks back. As long as no answer came the call has not got through, and the
// page says so and goes on trying.
import { api } from '$shared/api/client';
import type { Emergency } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';
import { feedback } from '$shared/staff/feedback.svelte';
import { queue, refresh } from './queue.svelte';
import { texts } from './texts/index';

/** Nobody waits longer than this to learn that the call is not through. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 2_000;

type Sending = 'idle' | 'sending' | 'lost';
let sending = $state<Sending>('idle');
let tries = $state(0);
let own = $state.raw<Emergency | null>(null);
let stopped = 0;

export const emergency = {
  get sending(): Sending {
    return sending;
  },
  get tries(): number {
    return tries;
  },
  /** All that run in the office; one's own at once, before the stream tells of it. */
  get running(): Emergency[] {
    const told = queue.view?.emergencies ?? [];
    return own && !told.some((one) => one.id === own?.id) && !isOver(own) ? [own, ...told] : told;
  },
};

/** The stream is younger than what we were told when we called. */
const isOver = (one: Emergency) => queue.view !== null && Date.parse(queue.view.generated_at) > Date.parse(one.raised_at) + 60_000;

export async function raise(office: string | undefined): Promise<void> {
  if (sending !== 'idle') return;
  const mine = ++stopped;
  sending = 'sending';
  tries = 0;
  while (stopped === mine) {
    tries += 1;
    try {
      own = await inTime(asStaff(api.POST('/emergencies', { params: { query: { office } } })));
      if (stopped === mine) sending = 'idle';
      await refresh();
      if (queue.view?.emergencies.some((one) => one.id === own?.id)) own = null;
      return;
    } catch {
      if (stopped !== mine) return;
      sending = 'lost';
      await new Promise((go) => setTimeout(go, AGAIN_MS));
    }
  }
}

export function giveUp(): void {
  stopped += 1;
  sending = 'idle';
}

export async function answer(id: string): Promise<void> {
  await told(api.POST('/emergencies/{id}/answer', { params: { path: { id } } }));
}

export async function end(id: string): Promise<void> {
  const ended = await told(api.POST('/emergencies/{id}/end', { params: { path: { id } } }));
  if (!ended) return;
  if (own?.id === id) own = null;
  feedback.show('ok', texts.t.emergency.ended);
}

async function told(request: Parameters<typeof asStaff<Emergency>>[0]): Promise<boolean> {
  try {
    await asStaff(request);
    return true;
  } catch {
    feedback.show('bad', texts.t.state.offline);
    return false;
  } finally {
    void refresh();
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS));
  return Promise.race([work, late]);
}
