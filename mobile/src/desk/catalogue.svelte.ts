// The town's services, asked once and kept while the desk is open.
import { api, call } from '$shared/api/client';
import type { ServiceSummary } from '$shared/api/types';

let services = $state.raw<ServiceSummary[]>([]);
let loading: Promise<void> | null = null;

export const catalogue = {
  get services(): ServiceSummary[] {
    void load();
    return services;
  },
};

/** Asks for the services unless they are there or on their way; a failed question is asked again next time. */
function load(): Promise<void> {
  loading ??= call(api.GET('/services'))
    .then((list) => void (services = list.services))
    .catch(() => void (loading = null));
  return loading;
}
