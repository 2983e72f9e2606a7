// A list of messages, page by page. Only the backend's position is kept, so rows that move do not shift the pages.
import { api } from '$shared/api/client';
import type { MessageList, MessageRow, StateCount } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

export interface Wish {
  states: readonly string[];
  kind?: string;
  channel?: string;
  /** The letter of a class of failures. */
  cause?: string;
  search?: string;
  /** Only what asks to be looked at. */
  open?: boolean;
}

const PAGE = 25;

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

  /** What is looked for stands in the body: numbers belong into no address. */
  #ask(): Promise<MessageList> {
    const { states, kind, channel, cause, search, open = false } = this.#wish;
    const about = { kind: kind || undefined, channel: channel || undefined, class: cause || undefined, search: search || undefined };
    const body = { states: [...states], open, ...about, cursor: this.#pages.at(-1) ?? undefined, limit: PAGE };
    return asStaff(api.POST('/ops/messages/search', { body }));
  }
}
