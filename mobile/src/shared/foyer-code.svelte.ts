// The code of the foyer, as display and terminal show it: asked for anew whenever it changes, and hidden rather than
// shown too long.
import { api, bearer, call } from './api/client';
import { clock } from './clock.svelte';

/** Even where the town asks for none, or nobody answers, it is looked at again: the town may change its mind. */
const AGAIN_MS = 30_000;
/** The code before is taken for a minute more, so a little late is early enough. */
const LATE_MS = 20_000;

export class FoyerCode {
  #told = $state.raw<{ code: string; until: number } | null>(null);

  constructor(private readonly token: () => string | null) {}

  /** The four digits; null while there are none to show. Reactive. */
  get code(): string | null {
    return this.#told !== null && clock.now < this.#told.until + LATE_MS ? this.#told.code : null;
  }

  /** Begins to follow it; returns the function that ends it. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let running = true;
    const round = async (): Promise<void> => {
      await this.#look();
      if (!running) return;
      const left = this.#told === null ? AGAIN_MS : (this.#told.until - clock.exact()) / clock.speed + 300;
      timer = setTimeout(() => void round(), Math.min(AGAIN_MS, Math.max(1_000, left)));
    };
    void round();
    return () => {
      running = false;
      clearTimeout(timer);
    };
  }

  async #look(): Promise<void> {
    const token = this.token();
    if (token === null) return;
    try {
      const { code, until } = await call(api.GET('/foyer-code', { headers: bearer(token) }));
      this.#told = code == null || until == null ? null : { code, until: Date.parse(until) };
    } catch {
      // What was told stands until its time is over.
    }
  }
}
