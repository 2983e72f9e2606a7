// A list of messages, page by page. Only the backend's position is kept, so rows that move do not shift the pages.
import { api } from '$shared/api/client';
import type { MessageList, MessageRow, StateCount } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

export interface Wish {
  states: readonly string[];
  kind?: string;
  search?: string;
}

const PAGE = 25;
/** How many of several states together are shown at most. */
const MERGED = 100;

export class Messages {
  rows = $state.raw<MessageRow[] | null>(null);
  counts = $state.raw<StateCount[]>([]);
  next = $state<string | null>(null);
  failure = $state.raw<unknown>(null);
  loading = $state(false);
  /** The positions of the pages up to the one shown; the first page has none. */
  #pages = $state<(string | null)[]>([null]);
  #wish: Wish = { states: [] };
  #asked = 0;

  get page(): number {
    return this.#pages.length;
  }

  /** Shows the first page of what is wished for. */
  show(wish: Wish): Promise<void> {
    this.#wish = wish;
    this.#pages = [null];
    return this.load();
  }

  older(): Promise<void> {
    if (this.next) this.#pages = [...this.#pages, this.next];
    return this.load();
  }

  newer(): Promise<void> {
    if (this.#pages.length > 1) this.#pages = this.#pages.slice(0, -1);
    return this.load();
  }

  /** Asks for the page shown; the last question wins. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const list = await this.#ask();
      if (asked !== this.#asked) return;
      this.rows = list.messages;
      this.next = list.next ?? null;
      this.counts = list.counts;
      this.failure = null;
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  /** One state, or any, comes page by page. Several states are asked for one by one and put in order here. */
  async #ask(): Promise<MessageList> {
    const { states, kind, search } = this.#wish;
    const about = { kind: kind || undefined, search: search || undefined };
    const get = (query: { state?: string; cursor?: string; limit: number }) =>
      asStaff(api.GET('/ops/messages', { params: { query: { ...about, ...query } } }));
    if (states.length < 2) return get({ state: states[0], cursor: this.#pages.at(-1) ?? undefined, limit: PAGE });
    const lists = await Promise.all(states.map((state) => get({ state, limit: MERGED })));
    const messages = lists
      .flatMap((list) => list.messages)
      .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))
      .slice(0, MERGED);
    return { messages, next: null, counts: lists[0]?.counts ?? [] };
  }
}
