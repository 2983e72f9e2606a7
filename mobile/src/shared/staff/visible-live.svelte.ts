// A live stream only while its tab can be seen. Browsers allow six connections per host over HTTP/1.1; with desk,
// operations, display and a ticket open in one browser, hidden tabs must not keep the visible ones waiting.
import { Live, type LiveOptions } from '../api/live.svelte';

/** A tab may be looked away from this long before its stream ends. */
const HIDDEN_MS = 20_000;

export class VisibleLive<T> {
  live = $state.raw<Live<T> | null>(null);
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly path: string,
    readonly options: LiveOptions<T>,
  ) {
    document.addEventListener('visibilitychange', this.#turn);
    if (!document.hidden) this.#open();
  }

  close(): void {
    clearTimeout(this.#hiding);
    document.removeEventListener('visibilitychange', this.#turn);
    this.#shut();
  }

  #turn = (): void => {
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#shut(), HIDDEN_MS);
    else if (!this.live) this.#open();
  };

  #open(): void {
    this.live = new Live<T>(this.path, this.options);
  }

  #shut(): void {
    this.live?.close();
    this.live = null;
  }
}
