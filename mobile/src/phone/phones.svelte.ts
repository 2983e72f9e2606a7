// The simulated phones: the live list of numbers and the conversation that is open. A new message in the list is the
// sign to fetch the open conversation again.
import { announce } from '$shared/announce.svelte';
import { api, call } from '$shared/api/client';
import { Live } from '$shared/api/live.svelte';
import type { DemoMail, DemoMessage, DemoPhone, DemoPhones } from '$shared/api/types';
import { national, spaced } from './number';
import { texts } from './texts/index';

export class Phones {
  /** The digits of the open conversation; null shows the list alone. */
  open = $state<string | null>(null);
  messages = $state.raw<DemoMessage[] | null>(null);
  /** The e-mails; null until they have come. */
  mails = $state.raw<DemoMail[] | null>(null);
  failed = $state(false);
  notDemo = $state(false);
  /** When each number was last looked at: what came later is new. */
  #seen = $state.raw<Record<string, string>>({});
  #first = true;
  #asked = 0;
  readonly live: Live<DemoPhones>;

  constructor() {
    this.live = new Live<DemoPhones>('/demo/phones/live', {
      onData: ({ numbers }) => this.#take(numbers),
      onRefused: (refused) => (this.notDemo = refused.status === 404),
    });
  }

  get numbers(): DemoPhone[] {
    return [...(this.live.data?.numbers ?? [])].sort((a, b) => b.last_at.localeCompare(a.last_at));
  }

  isNew(phone: DemoPhone): boolean {
    const seen = this.#seen[national(phone.number)];
    return seen === undefined || phone.last_at > seen;
  }

  choose(number: string | null): void {
    this.open = number === null ? null : national(number);
    this.messages = null;
    this.failed = false;
    if (this.open !== null) void this.load();
  }

  #take(numbers: DemoPhone[]): void {
    void this.#loadMails();
    if (this.#first) {
      // What was there before this page was opened is not news.
      this.#seen = Object.fromEntries(numbers.map((phone) => [national(phone.number), phone.last_at]));
      this.#first = false;
      return;
    }
    const news = numbers.filter((phone) => this.isNew(phone));
    const here = news.find((phone) => national(phone.number) === this.open);
    if (here) void this.load();
    const elsewhere = news.find((phone) => phone !== here);
    if (elsewhere) announce(texts.t.newMessage(spaced(elsewhere.number)));
  }

  /** The conversation that is open, newest last. */
  async load(): Promise<void> {
    const number = this.open;
    if (number === null) return;
    const asked = ++this.#asked;
    try {
      const messages = await call(api.GET('/demo/phones/{number}', { params: { path: { number: this.#asListed(number) } } }));
      if (asked !== this.#asked) return;
      this.messages = [...messages].sort((a, b) => a.at.localeCompare(b.at));
      this.failed = false;
      const listed = this.live.data?.numbers.find((phone) => national(phone.number) === number);
      const last = listed?.last_at ?? this.messages.at(-1)?.at ?? '';
      this.#seen = { ...this.#seen, [number]: last };
    } catch {
      if (asked === this.#asked) this.failed = true;
    }
  }

  /** The list of numbers comes again whenever a mail does, too. */
  async #loadMails(): Promise<void> {
    try {
      this.mails = await call(api.GET('/demo/mails'));
    } catch {
      // What was there stays; the next change brings them.
    }
  }

  /** Sends an SMS from this phone to the town. Throws when nobody took it. */
  async reply(body: string): Promise<void> {
    if (this.open === null) return;
    await call(api.POST('/demo/phones/{number}/reply', { params: { path: { number: this.#asListed(this.open) } }, body: { body } }));
    await this.load();
  }

  #asListed(number: string): string {
    return this.live.data?.numbers.find((phone) => national(phone.number) === number)?.number ?? number;
  }
}
