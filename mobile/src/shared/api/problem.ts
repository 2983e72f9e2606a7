// Refusals and failures as the front ends see them, and the sentence that goes with each code.
import { i18n, say } from '../i18n/index.svelte';
import { common } from '../i18n/common';
import type { FieldProblem, Problem, ProblemData } from './types';

/** The backend said no; `problem.code` says why. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
  get data(): ProblemData {
    return this.problem.data ?? {};
  }
  get fields(): FieldProblem[] {
    return this.problem.fields;
  }
}

/** Nobody answered: no network, a cut, or a time-out. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(cause: unknown) {
    super('no answer from the backend', { cause });
  }
}

/** Whether a caught value is the refusal with this code. */
export function isRefused(error: unknown, ...codes: string[]): error is Refused {
  return error instanceof Refused && (codes.length === 0 || codes.includes(error.code));
}

/** The problem in an error answer; a proxy's HTML page becomes a problem of its own. */
export function problemFrom(body: unknown, response: Response): Problem {
  const known = typeof body === 'object' && body !== null && 'code' in body ? (body as Partial<Problem>) : {};
  const title = known.title ?? '';
  return {
    type: known.type ?? 'about:blank',
    title,
    status: known.status ?? response.status,
    code: known.code ?? (response.status >= 500 ? 'internal' : 'unexpected'),
    detail: known.detail ?? { de: title },
    fields: known.fields ?? [],
    request_id: known.request_id ?? response.headers.get('x-request-id') ?? '',
    data: known.data ?? null,
  };
}

/** A sentence for the person: our own text for the code, else what the backend wrote in their language. */
export function sentence(error: unknown, own: Record<string, string> = {}): string {
  if (error instanceof Unreachable) return common.t.problems.unreachable;
  if (!(error instanceof Refused)) return common.t.problems.internal;
  const shared: Record<string, string> = common.t.problems;
  const mine = own[error.code] ?? shared[error.code];
  if (mine) return mine;
  const { detail, title } = error.problem;
  return (detail.de && say(detail)) || (i18n.lang === 'de' && title) || common.t.problems.internal;
}
