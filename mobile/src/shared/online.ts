// Tells the town that somebody takes the online way instead of coming: a count, no person. Nobody waits for it.
import { api } from './api/client';

export function noteOnline(slug: string): void {
  api.POST('/services/{slug}/online', { params: { path: { slug } }, keepalive: true }).catch(() => undefined);
}
