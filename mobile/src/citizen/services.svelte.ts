// The catalogue, asked for once: searching it needs no network afterwards.
import { api, call } from '$shared/api/client';
import type { ServiceList } from '$shared/api/types';
import { values } from '$shared/store';

let list = $state.raw<ServiceList | null>(null);
let error = $state.raw<unknown>(null);

export const catalogue = {
  get list(): ServiceList | null {
    return list;
  },
  get error(): unknown {
    return error;
  },
};

export async function loadCatalogue(): Promise<void> {
  error = null;
  try {
    list = await call(api.GET('/services'));
    void values.put('services', list);
  } catch (caught) {
    list ??= (await values.get<ServiceList>('services')) ?? null;
    if (!list) error = caught;
  }
}

/** What was typed into the search at this place in the history. */
export const typedHere = {
  read(): string {
    const state: unknown = history.state;
    return typeof state === 'object' && state !== null && 'typed' in state ? String(state.typed) : '';
  },
  keep(typed: string): void {
    history.replaceState({ ...(history.state as object | null), typed }, '');
  },
};
