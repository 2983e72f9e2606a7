// Lists page by page: messages, and what people wrote. Only the backend's position is kept, so rows that move do not shift
// the pages.
import { api } from '$shared/api/client';
import type { InboundRow, MessageRow, OutcomeCount, StateCount } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';

interface Page<Row, Count> {
  messages: Row[];
  next?: string | null;
  counts: Count[];
}

interface Position {
  cursor: string | undefined;
  limit: number;
}

const PAGE = 25;

export class Pages<Wish, Row, Count> {
  rows = $state.raw<Row[] | null>(null);
  counts = $state.raw<Count[]>([]);
  next = $state<string | null>(null);
  failure = $state.raw<unknown>(null);
  loading = $state(false);
  /** The positions of the pages up to the one shown; the first page has none. */
  #pages = $state<(string | null)[]>([null]);
  #wish: Wish;
  #asked = 0;
  #ask: (wish: Wish, position: Position) => Promise<Page<Row, Count>>;

  constructor(everything: Wish, ask: (wish: Wish, position: Position) => Promise<Page<Row, Count>>) {
    this.#wish = everything;
    this.#ask = ask;
  }

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
      const page = await this.#ask(this.#wish, { cursor: this.#pages.at(-1) ?? undefined, limit: PAGE });
      if (asked !== this.#asked) return;
      this.rows = page.messages;
      this.next = page.next ?? null;
      this.counts = page.counts;
      this.failure = null;
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }
}

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

export interface InboundWish {
  outcomes: readonly string[];
  search?: string;
}

// What is looked for stands in the body: numbers belong into no address.

export const messages = (): Pages<Wish, MessageRow, StateCount> =>
  new Pages<Wish, MessageRow, StateCount>({ states: [] }, ({ states, kind, channel, cause, search, open = false }, position) => {
    const about = { kind: kind || undefined, channel: channel || undefined, class: cause || undefined, search: search || undefined };
    return asStaff(api.POST('/ops/messages/search', { body: { states: [...states], open, ...about, ...position } }));
  });

export const inbound = (): Pages<InboundWish, InboundRow, OutcomeCount> =>
  new Pages<InboundWish, InboundRow, OutcomeCount>({ outcomes: [] }, ({ outcomes, search }, position) =>
    asStaff(api.POST('/ops/inbound/search', { body: { outcomes: [...outcomes], search: search || undefined, ...position } })),
  );
