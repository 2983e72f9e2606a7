// What this terminal knows and where it stands: the device, the last state of the house, the screen shown, and the
// check-ins that wait for the line. Pages show it and call its verbs; they never talk to the server about check-ins.
import { api, bearer, call, once } from '$shared/api/client';
import { Refused, Unreachable } from '$shared/api/problem';
import type { CheckIn, Device, Instant, ServiceSummary, Slot, TerminalView } from '$shared/api/types';
import { clock } from '$shared/clock.svelte';
import { i18n, setLang } from '$shared/i18n/index.svelte';
import { whole } from '$shared/slots';
import { uuid } from '$shared/uuid';
import { Speaker } from '$shared/voice/speaker';
import { deviceToken } from './device';
import { deliver, type Delivery, type LaterStore, type StoredCheckIn } from './later';
import { Signing } from './signing';
import { refusalFrom, type OtherDay, type Refusal } from './refusal';

export type Screen =
  | { name: 'start' }
  | { name: 'code' }
  | { name: 'scan' }
  | { name: 'success'; checkIn: CheckIn; walkIn: boolean; sms: boolean }
  | { name: 'stored'; checkIn: StoredCheckIn; kept: boolean }
  | { name: 'refused'; refusal: Refusal; code: string }
  | { name: 'move'; was: OtherDay; code: string }
  | { name: 'lost' }
  | { name: 'lost-sent'; number: string }
  | { name: 'services'; purpose: 'ticket' | 'documents' }
  | { name: 'choose'; slug: string }
  | { name: 'phone-for-ticket'; slug: string }
  | { name: 'book'; slug: string; slot: Slot }
  | { name: 'documents'; slug: string }
  | { name: 'info' }
  | { name: 'online' };

/** Where typed digits go while a number pad is on the screen. */
export interface Pad {
  digit(digit: string): void;
  backspace(): void;
  enter(): void;
}

const POLL_MS = 15_000;
const POLL_OFFLINE_MS = 5_000;
/** So many looks at the house to one at itself. */
const LOOKS = 4;
/** Nobody stands at a terminal longer than this for an answer; the tap key makes the late one harmless. */
const PATIENCE_MS = 7_000;

export class Terminal {
  device = $state.raw<Device | null>(null);
  view = $state.raw<TerminalView | null>(null);
  services = $state.raw<ServiceSummary[]>([]);
  /** Town time of the last answer before the line broke; null while it stands. */
  offlineSince = $state<Instant | null>(null);
  stored = $state(0);
  delivering = $state(false);
  busy = $state(false);
  revoked = $state(false);
  enrolled = $state(deviceToken.read() !== null);
  /** Größer: everything a quarter larger, until the next person. */
  large = $state(false);
  helping = $state(false);
  /** The screen as it stands, for reading it aloud. */
  root = $state.raw<HTMLElement | null>(null);
  /** Recorded words, for answers that are read aloud. */
  readonly speaker = new Speaker();
  pad: Pad | null = null;
  #typed = '';
  #screens = $state.raw<Screen[]>([{ name: 'start' }]);
  #lastAnswer: Instant | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #looks = 0;

  constructor(
    private readonly later: LaterStore,
    private readonly signing = new Signing(),
  ) {}

  get screen(): Screen {
    return this.#screens.at(-1) ?? { name: 'start' };
  }

  go(screen: Screen): void {
    this.#screens = [...this.#screens, screen];
  }

  /** Instead of the present screen: Back must not lead to a finished step again. */
  replace(screen: Screen): void {
    this.#screens = [...this.#screens.slice(0, -1), screen];
  }

  /** The first screen, and from there to this one. */
  fresh(screen: Screen): void {
    this.#screens = [{ name: 'start' }, screen];
  }

  back(): void {
    if (this.#screens.length > 1) this.#screens = this.#screens.slice(0, -1);
  }

  home(): void {
    this.#screens = [{ name: 'start' }];
  }

  /** This person is done: the next one finds the start screen, in German and in the usual size. */
  leave(): void {
    this.home();
    this.large = false;
    this.helping = false;
    void setLang('de', false);
  }

  /** Makes `pad` take the digits typed from now on; returns the function that ends it. */
  usePad(pad: Pad): () => void {
    this.pad = pad;
    return () => {
      if (this.pad === pad) this.pad = null;
    };
  }

  /** A typed digit: for the number pad; on the start screen it opens the pad, and the fast ones behind it come along. */
  type(digit: string): void {
    if (this.pad) this.pad.digit(digit);
    else if (this.screen.name === 'code') this.#typed += digit;
    else if (this.screen.name === 'start' && this.enrolled) {
      this.#typed = digit;
      this.go({ name: 'code' });
    }
  }

  takeDigits(): string {
    const typed = this.#typed;
    this.#typed = '';
    return typed;
  }

  /** Begins to watch the house; returns the function that ends it. */
  start(): () => void {
    this.#running = true;
    void this.#count().then(() => this.#round());
    const online = (): void => void this.poll();
    addEventListener('online', online);
    return () => {
      this.#running = false;
      clearTimeout(this.#timer);
      removeEventListener('online', online);
    };
  }

  /** What was kept before this page was loaded: after a power cut, too. */
  async #count(): Promise<void> {
    try {
      this.stored = (await this.later.all()).length;
    } catch {
      this.stored = 0;
    }
  }

  async #round(): Promise<void> {
    await this.poll();
    if (!this.#running) return;
    this.#timer = setTimeout(() => void this.#round(), this.offlineSince === null ? POLL_MS : POLL_OFFLINE_MS);
  }

  /** Asks for the state of the house once, and hands in what waits when somebody answers. */
  async poll(): Promise<void> {
    const token = deviceToken.read();
    if (token === null) return;
    const headers = bearer(token);
    try {
      await this.#look(headers);
      const view = await call(api.GET('/terminal', { headers }));
      this.view = view;
      this.#answered();
      if (this.services.length === 0) this.services = (await call(api.GET('/services'))).services;
      await this.handIn();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Looks at itself, now and then: the administration may have changed what this terminal offers. */
  async #look(headers: { Authorization: string }): Promise<void> {
    if (this.device && ++this.#looks % LOOKS !== 0) return;
    const device = await call(api.GET('/device', { headers }));
    this.device = device;
    await this.signing.take(device.id, device.signing_key);
  }

  /** The line carried an answer just now. */
  #answered(): void {
    this.#lastAnswer = townNow();
    this.offlineSince = null;
  }

  #failed(error: unknown): void {
    if (error instanceof Refused && error.status === 401) this.signOff();
    else if (lineIsDown(error)) this.offlineSince ??= this.#lastAnswer ?? townNow();
  }

  /** The administration has revoked this device. */
  signOff(): void {
    deviceToken.forget();
    void this.signing.forget();
    this.revoked = true;
    this.enrolled = false;
    this.device = null;
    this.home();
  }

  async enrol(device: Device): Promise<void> {
    this.device = device;
    this.revoked = false;
    this.enrolled = true;
    this.home();
    await this.poll();
  }

  /** Checks the person in who holds this code; leads to the screen that says what came of it. */
  async checkIn(code: string): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const made = { tap_key: uuid(), code, tapped_at: townNow() };
    const tap: StoredCheckIn = { ...made, signature: await this.signing.sign(made) };
    try {
      if (this.offlineSince !== null) throw new Unreachable('the line is known to be down');
      const checkIn = await inPatience(this.#hand(tap));
      this.#answered();
      this.fresh({ name: 'success', checkIn, walkIn: false, sms: true });
    } catch (error) {
      await this.#notCheckedIn(tap, error);
    } finally {
      this.busy = false;
    }
  }

  async #notCheckedIn(tap: StoredCheckIn, error: unknown): Promise<void> {
    this.#failed(error);
    if (this.revoked) return;
    if (lineIsDown(error)) await this.#keep(tap);
    else if (error instanceof Refused) this.refuse(error, tap.code);
    else this.fresh({ name: 'refused', refusal: { kind: 'busy' }, code: tap.code });
  }

  /** Says why the server took this code for nothing. */
  refuse(why: Refused, code: string): void {
    this.fresh({ name: 'refused', refusal: refusalFrom(why), code });
  }

  #hand(tap: StoredCheckIn): Promise<CheckIn> {
    const headers = { ...bearer(deviceToken.read() ?? ''), ...once(tap.tap_key) };
    const { tap_key, code, tapped_at, signature } = tap;
    return call(api.POST('/check-ins', { body: { tap_key, code, tapped_at, signature: signature ?? undefined }, headers }));
  }

  async #keep(tap: StoredCheckIn): Promise<void> {
    let kept = true;
    try {
      await this.later.add(tap);
      this.stored += 1;
    } catch {
      // Private windows and full discs refuse IndexedDB; the person must hear it now.
      kept = false;
    }
    this.fresh({ name: 'stored', checkIn: tap, kept });
  }

  /** Hands in the stored check-ins. Who still stands in front of the screen sees the number at once. */
  async handIn(): Promise<void> {
    if (this.delivering) return;
    this.delivering = true;
    try {
      this.stored = await deliver(this.later, (tap) => this.#handInOne(tap));
    } catch {
      // No IndexedDB on this device: nothing can be waiting either.
      this.stored = 0;
    } finally {
      this.delivering = false;
    }
  }

  async #handInOne(tap: StoredCheckIn): Promise<Delivery> {
    try {
      const checkIn = await this.#hand(tap);
      if (this.#standsBefore(tap)) this.fresh({ name: 'success', checkIn, walkIn: false, sms: true });
      return 'done';
    } catch (error) {
      if (!(error instanceof Refused) || lineIsDown(error)) {
        this.#failed(error);
        return 'later';
      }
      if (error.status === 401 || error.status === 429) return 'later';
      if (this.#standsBefore(tap)) this.refuse(error, tap.code);
      return 'done';
    }
  }

  #standsBefore(tap: StoredCheckIn): boolean {
    return this.screen.name === 'stored' && this.screen.checkIn.tap_key === tap.tap_key;
  }

  /** The times of today, in this office, to which the appointment with this code can be moved. */
  async slotsHere(code: string): Promise<Slot[]> {
    const headers = bearer(deviceToken.read() ?? '');
    return this.#asked(async () => {
      const { days } = whole(await call(api.POST('/check-ins/slots', { body: { code }, headers })));
      return days.flatMap(({ slots }) => slots);
    });
  }

  /** Moves the appointment with this code to a time of today and checks the person in. */
  async moveHere(code: string, slot: Slot, tapKey: string): Promise<void> {
    const headers = { ...bearer(deviceToken.read() ?? ''), ...once(tapKey) };
    const body = { code, pool_id: slot.pool_id, starts_at: slot.starts_at, tap_key: tapKey };
    const checkIn = await this.#asked(() => call(api.POST('/check-ins/move', { body, headers })));
    this.fresh({ name: 'success', checkIn, walkIn: false, sms: true });
  }

  /** An answer while a person waits; notices when the line is down. */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await inPatience(ask());
      this.#answered();
      return answer;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** Draws a number without appointment. `tapKey` stays the same while one person tries again. */
  async drawNumber(service: string, phone: string | null, tapKey: string): Promise<void> {
    const headers = { ...bearer(deviceToken.read() ?? ''), ...once(tapKey) };
    const body = { service, language: i18n.lang, phone: phone ?? undefined };
    try {
      const checkIn = await call(api.POST('/tickets', { body, headers }));
      this.#answered();
      this.fresh({ name: 'success', checkIn, walkIn: true, sms: phone !== null });
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** Has the code sent again; the answer never says whether there was a booking. */
  async sendLostCode(phone: string): Promise<void> {
    try {
      const headers = { ...bearer(deviceToken.read() ?? ''), ...once(uuid()) };
      await call(api.POST('/check-ins/lost-code', { body: { phone }, headers }));
      this.#answered();
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }
}

const townNow = (): Instant => new Date(clock.exact()).toISOString();

/** No answer, or one of a proxy whose backend is gone: the check-in must be kept, not refused. */
export function lineIsDown(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && [502, 503, 504].includes(error.status));
}

async function inPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable('no answer while a person waits')), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, patience]);
  } finally {
    clearTimeout(timer);
  }
}
