// The town's departments and services, asked once and kept while the desk is open.
import { api } from '$shared/api/client';
import type { Department, ServiceList, ServiceSummary } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

let list = $state.raw<ServiceList>({ departments: [], services: [] });
let loading: Promise<void> | null = null;

export const catalogue = {
  get services(): ServiceSummary[] {
    void load();
    return list.services;
  },
  get departments(): Department[] {
    void load();
    return list.departments;
  },
};

/** Asks for the services unless they are there or on their way; a failed question is asked again next time. */
function load(): Promise<void> {
  loading ??= asStaff(api.GET('/staff/services'))
    .then((answer) => void (list = answer))
    .catch(() => void (loading = null));
  return loading;
}
