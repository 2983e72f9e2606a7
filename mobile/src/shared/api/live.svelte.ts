// Server-sent events over fetch, because EventSource cannot send an Authorization header. Every event is a full
// snapshot, so reconnecting needs no memory. The connection heals itself; the page shows how old its data is.
import { Refused, problemFrom } from './problem';
import { apiBase } from './client';

/** Silence longer than this (keep-alives come every 15 s) means the connection is dead. */
const SILENCE_MS = 35_000;
/** Without contact for this long the page says "Verbindung unterbrochen". */
const BROKEN_MS = 30_000;
/** Not longer than this, so that every screen is right within five seconds once the line is back. */
const BACKOFF_MS = [500, 1_000, 2_000, 4_500];

export interface LiveOptions<T> {
  /** The bearer token; staff surfaces use their cookie instead. */
  token?: string;
  onData?: (data: T) => void;
  /** A refusal that reconnecting cannot heal: signed out, device revoked, ticket gone. The stream has stopped. */
  onRefused?: (refused: Refused) => void;
}

/** A live view of one resource. `close()` it when the page goes away. */
export class Live<T> {
  data = $state.raw<T | null>(null);
  refused = $state.raw<Refused | null>(null);
  connected = $state(false);
  /** performance.now() of the last sign of life. */
  #heardAt = $state(performance.now());
  #beat = $state(performance.now());
  #tries = 0;
  #closed = false;
  #abort: AbortController | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    readonly path: string,
    readonly options: LiveOptions<T> = {},
  ) {
    this.#timer = setInterval(() => this.#watch(), 1000);
    addEventListener('online', this.#now);
    document.addEventListener('visibilitychange', this.#now);
    void this.#connect();
  }

  /** Milliseconds since the last sign of life; 0 while connected and fed. */
  get age(): number {
    return Math.max(0, this.#beat - this.#heardAt);
  }

  /** True once nothing has been heard for 30 seconds. */
  get broken(): boolean {
    return this.age > BROKEN_MS;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    removeEventListener('online', this.#now);
    document.removeEventListener('visibilitychange', this.#now);
    this.#abort?.abort();
  }

  #now = (): void => {
    if (this.#closed || this.connected || document.hidden) return;
    this.#tries = 0;
    clearTimeout(this.#retry);
    this.#abort?.abort();
    void this.#connect();
  };

  #watch(): void {
    this.#beat = performance.now();
    if (this.connected && this.age > SILENCE_MS) this.#abort?.abort();
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      await this.#listen(abort.signal);
    } catch (error) {
      if (error instanceof Refused) this.#stop(error);
    }
    if (this.#abort !== abort || this.#closed) return;
    this.connected = false;
    const wait = BACKOFF_MS[Math.min(this.#tries++, BACKOFF_MS.length - 1)] ?? 4_500;
    // Spread, so that not all of them come back at once.
    this.#retry = setTimeout(() => void this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  #stop(refused: Refused): void {
    this.close();
    this.refused = refused;
    this.options.onRefused?.(refused);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.options.token) headers['Authorization'] = `Bearer ${this.options.token}`;
    const response = await fetch(apiBase + this.path, {
      headers,
      signal,
      cache: 'no-store',
      credentials: 'same-origin',
    });
    if (response.status === 401 || response.status === 403 || response.status === 404 || response.status === 410) {
      throw new Refused(problemFrom(await response.json().catch(() => null), response));
    }
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    this.connected = true;
    this.#tries = 0;
    this.#heardAt = performance.now();
    for await (const event of events(response.body)) {
      this.#heardAt = performance.now();
      if (event !== null) this.#take(JSON.parse(event) as T);
    }
  }

  #take(data: T): void {
    this.data = data;
    this.options.onData?.(data);
  }
}

/** What a page shows about the line itself. */
export type Connection = Pick<Live<unknown>, 'age' | 'broken' | 'connected'>;

/** The data of each event in a stream; null for a keep-alive. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string | null> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      buffer = buffer.replace(/\r\n?/g, '\n');
      let end: number;
      while ((end = buffer.indexOf('\n\n')) >= 0) {
        yield dataOf(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
      }
    }
  } finally {
    reader.releaseLock();
  }
}

function dataOf(block: string): string | null {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'));
  if (lines.length === 0) return null;
  return lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
