// The office's queue as the desk sees it: one snapshot, kept fresh by the stream and after every verb.
import { api } from '$shared/api/client';
import { Refused } from '$shared/api/problem';
import type { QueueView } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { asStaff, sessionEnded } from '$shared/staff/session.svelte';
import { VisibleLive } from '$shared/staff/visible-live.svelte';

let view = $state.raw<QueueView | null>(null);
let error = $state.raw<unknown>(null);
let stream = $state.raw<VisibleLive<QueueView> | null>(null);
let office: string | undefined;

export const queue = {
  get view(): QueueView | null {
    return view;
  },
  /** Why there is nothing to show; null as soon as there is. */
  get error(): unknown {
    return view ? null : error;
  },
  get live() {
    return stream?.live ?? null;
  },
};

/** Follows the queue of an office until the returned function is called. */
export function follow(officeId: string | undefined): () => void {
  office = officeId;
  const query = officeId ? `?office=${encodeURIComponent(officeId)}` : '';
  const opened = new VisibleLive<QueueView>(`/queue/live${query}`, { onData: take, onRefused: refused, keepOne: 'lotse-desk' });
  stream = opened;
  void refresh();
  return () => {
    opened.close();
    if (stream !== opened) return;
    stream = null;
    view = null; // Whoever signs in next must not see the names of before.
  };
}

/** Asks for the queue now; used after a verb, so that the page does not wait for the stream. */
export async function refresh(): Promise<void> {
  try {
    take(await asStaff(api.GET('/queue', { params: { query: { office } } })));
  } catch (failure) {
    error = failure;
  }
}

/** Snapshots may overtake each other; the younger one stays. */
function take(next: QueueView): void {
  const known = view?.office.id === next.office.id ? Date.parse(view.generated_at) : -Infinity;
  if (Date.parse(next.generated_at) < known) return;
  view = next;
  error = null;
  clock.set(next.clock);
}

function refused(refusal: Refused): void {
  if (refusal.status === 401) sessionEnded();
  else error = refusal;
}
