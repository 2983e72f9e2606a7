// What on the display is new: a row stays inverted for a minute after this display first showed the call, and the gong
// sounds once for each. A recall counts as new, because its called_at is new. Times here are the machine's, not the
// town's: a demo running at ten times the speed must not take the row away after six seconds.
import type { DisplayCall } from '$shared/api/types';
import type { Sentence } from '$shared/voice/speaker';
import { callWords } from '$shared/voice/words';

export const FRESH_MS = 60_000;
/** So long the strip repeats a call in words when there is a notice, too; then it is the notice's turn again. */
export const SAID_MS = 20_000;

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

  /** Whether this call still stands inverted: it came less than `within` milliseconds ago. */
  fresh(call: DisplayCall, now: number, within = FRESH_MS): boolean {
    const seen = this.#seen.get(keyOf(call));
    return seen !== undefined && now - seen < within;
  }
}

/** A call as it is spoken, in German and in English; nothing where a part of it was never recorded: then the gong does. */
export function spoken(call: DisplayCall): Sentence[] {
  const words = callWords(call);
  return words === null ? [] : [{ lang: 'de', words }, { lang: 'en', words }];
}

/** The picture moves by a few pixels every two minutes, so that nothing burns in; display.css says where each step is. */
export const STEPS = 9;
export const STEP_MS = 120_000;

export function stepAt(ms: number): number {
  return Math.floor(ms / STEP_MS) % STEPS;
}
