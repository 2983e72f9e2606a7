// The public board: asked for again every half minute while somebody looks, with the time of what stands there.
import { api, call } from '$shared/api/client';
import type { LiveBoard } from '$shared/api/types';

const REFRESH_MS = 30_000;

export class Board {
  /** The last answer; null before the first. */
  told = $state.raw<LiveBoard | null>(null);
  /** Why the last question had no answer; null while all is well. */
  failure = $state.raw<unknown>(null);

  async load(): Promise<void> {
    try {
      this.told = await call(api.GET('/live-board'));
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  /** Begins to look; returns the function that ends it. */
  start(): () => void {
    void this.load();
    const timer = setInterval(() => !document.hidden && void this.load(), REFRESH_MS);
    const back = (): void => void (document.hidden || this.load());
    document.addEventListener('visibilitychange', back);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', back);
    };
  }
}
