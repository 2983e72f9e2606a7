// The overview of the last hour, streamed; the bar, the rail and the overview page read it.
import { api } from '$shared/api/client';
import { Refused } from '$shared/api/problem';
import type { OpsOverview } from '$shared/api/types';
import { asStaff, sessionEnded } from '$shared/staff/session.svelte';
import { VisibleLive } from '$shared/staff/visible-live.svelte';

let view = $state.raw<OpsOverview | null>(null);
let error = $state.raw<unknown>(null);
let stream = $state.raw<VisibleLive<OpsOverview> | null>(null);

export const overview = {
  get view(): OpsOverview | null {
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

/** Follows the overview until the returned function is called. */
export function follow(): () => void {
  const opened = new VisibleLive<OpsOverview>('/ops/live', { onData: take, onRefused: refused });
  stream = opened;
  void refresh();
  return () => {
    opened.close();
    if (stream !== opened) return;
    stream = null;
    view = null;
  };
}

export async function refresh(): Promise<void> {
  try {
    take(await asStaff(api.GET('/ops/overview', { params: { query: { hours: 1 } } })));
  } catch (failure) {
    error = failure;
  }
}

function take(next: OpsOverview): void {
  if (view && Date.parse(next.generated_at) < Date.parse(view.generated_at)) return;
  view = next;
  error = null;
}

export function refused(refusal: Refused): void {
  if (refusal.status === 401) sessionEnded();
  else error = refusal;
}
