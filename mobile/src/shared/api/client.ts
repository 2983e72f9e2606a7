// The one way to the backend. `api` is typed by the contract; `call` turns an answer into a value or a thrown refusal.
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import { uuid } from '../uuid';
import { Refused, Unreachable, problemFrom } from './problem';

/** Where the API lives; the only place that says so. */
export const apiBase = '/api/v1';

/** After this long without an answer the network counts as absent. */
const TIMEOUT_MS = 15_000;

async function fetchInTime(request: Request): Promise<Response> {
  try {
    return await fetch(new Request(request, { signal: AbortSignal.timeout(TIMEOUT_MS) }));
  } catch (cause) {
    throw new Unreachable(cause);
  }
}

export const api = createClient<paths>({
  baseUrl: new URL(apiBase, globalThis.location?.href ?? 'http://localhost').href,
  fetch: fetchInTime,
  credentials: 'same-origin',
});

/** The header by which a citizen, a ticket, a hold or a device shows its token. */
export function bearer(token: string): { Authorization: string } {
  return { Authorization: `Bearer ${token}` };
}

/** A header that makes a repeated POST count once; keep it for all attempts of one intention. */
export function once(key: string = uuid()): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': key };
}

/** The answer's value. Throws `Refused` with the problem, or `Unreachable` when nobody answered. */
export async function call<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await request;
  if (!response.ok) throw new Refused(problemFrom(error, response));
  return data as T;
}
