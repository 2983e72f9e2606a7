// Gets the draft's visit onto the waiting list: the wish goes to the town, six digits come to the phone.
import { api, call, once } from '$shared/api/client';
import type { PendingWaiting } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { i18n } from '$shared/i18n/index.svelte';
import { itemsOf, personOf } from '../booking';
import { draft } from '../draft.svelte';
import { wishOf, type WishForm } from './wish';

export function join(wish: WishForm): Promise<PendingWaiting> {
  const body = {
    items: itemsOf(draft.wishes),
    wish: wishOf(wish, clock.today),
    ...personOf(draft.wishes, draft),
    phone: draft.phone.trim(),
    language: i18n.lang,
  };
  return call(api.POST('/waiting-list', { body, headers: once() }));
}
