// A live stream only while its tab can be seen. Browsers allow six connections per host over HTTP/1.1; with desk,
// operations, display and a ticket open in one browser, hidden tabs must not keep the visible ones waiting.
import { Live, type LiveOptions } from '../api/live.svelte';

/** A tab may be looked away from this long before its stream ends. */
const HIDDEN_MS = 20_000;

export interface VisibleOptions<T> extends LiveOptions<T> {
  /** Under this name one tab of the browser keeps its stream although hidden: an emergency must be heard. */
  keepOne?: string;
}

export class VisibleLive<T> {
  live = $state.raw<Live<T> | null>(null);
  #hiding: ReturnType<typeof setTimeout> | undefined;
  /** Whether this tab is the one that keeps its stream. */
  #keeper = false;
  readonly #closed = new AbortController();

  constructor(
    readonly path: string,
    readonly options: VisibleOptions<T>,
  ) {
    document.addEventListener('visibilitychange', this.#turn);
    if (!document.hidden) this.#open();
    if (options.keepOne) this.#keep(options.keepOne);
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#hiding);
    document.removeEventListener('visibilitychange', this.#turn);
    this.#shut();
  }

  #turn = (): void => {
    clearTimeout(this.#hiding);
    if (document.hidden && this.#keeper) return;
    if (document.hidden) this.#hiding = setTimeout(() => this.#shut(), HIDDEN_MS);
    else if (!this.live) this.#open();
  };

  /** Waits for its turn to be the one that keeps; has it until it is closed. Old browsers keep nothing. */
  #keep(name: string): void {
    const locks = (navigator as Partial<Navigator>).locks;
    if (!locks) return;
    const { signal } = this.#closed;
    const held = () => {
      if (signal.aborted) return;
      this.#keeper = true;
      clearTimeout(this.#hiding);
      if (!this.live) this.#open();
      return new Promise<void>((release) => signal.addEventListener('abort', () => release()));
    };
    // Closed while it still waited.
    locks.request(name, { signal }, held).catch(() => undefined);
  }

  #open(): void {
    this.live = new Live<T>(this.path, this.options);
  }

  #shut(): void {
    this.live?.close();
    this.live = null;
  }
}
