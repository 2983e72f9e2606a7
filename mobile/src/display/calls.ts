// What on the display is new: a row stays inverted for a minute after this display first showed the call, and the gong
// sounds once for each. A recall counts as new, because its called_at is new. Times here are the machine's, not the
// town's: a demo running at ten times the speed must not take the row away after six seconds.
import type { DisplayCall } from '$shared/api/types';

export const FRESH_MS = 60_000;

export const keyOf = (call: DisplayCall): string => `${call.number} ${call.counter} ${call.called_at}`;

export class CallWatch {
  readonly #seen = new Map<string, number>();
  #first = true;

  /**
   * Takes over a snapshot. Returns the calls that are new since the last one: those deserve the gong. After a restart or
   * a cut, calls that the server still names fresh are shown inverted, but only announced if they came during the cut.
   */
  take(calls: readonly DisplayCall[], now: number): DisplayCall[] {
    const news = calls.filter((call) => call.fresh && !this.#seen.has(keyOf(call)));
    const present = new Set(calls.map(keyOf));
    for (const key of this.#seen.keys()) if (!present.has(key)) this.#seen.delete(key);
    for (const call of calls) if (!this.#seen.has(keyOf(call))) this.#seen.set(keyOf(call), call.fresh ? now : -FRESH_MS);
    const loud = this.#first ? [] : news;
    this.#first = false;
    return loud;
  }

  /** Whether this call still stands inverted. */
  fresh(call: DisplayCall, now: number): boolean {
    const seen = this.#seen.get(keyOf(call));
    return seen !== undefined && now - seen < FRESH_MS;
  }
}

/** The picture moves by a few pixels every two minutes, so that nothing burns in; display.css says where each step is. */
export const STEPS = 9;
export const STEP_MS = 120_000;

export function stepAt(ms: number): number {
  return Math.floor(ms / STEP_MS) % STEPS;
}
