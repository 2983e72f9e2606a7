// Answers as the backend gives them.
import type * as T from '../../../src/shared/api/types';

export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

export const nothing = (): Response => new Response(null, { status: 204 });

export function problem(status: number, code: string, de: string, more: Partial<T.Problem> = {}): Response {
  const body: T.Problem = { type: `/problems/${code}`, title: de, status, code, detail: { de, en: null }, fields: [], request_id: 'mock', ...more };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
}
