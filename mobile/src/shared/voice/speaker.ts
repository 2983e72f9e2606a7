// Gong and spoken words, one after another, never over each other. Browsers keep a page silent until somebody has
// touched it once; kiosks are started with --autoplay-policy=no-user-gesture-required and never notice.
import type { Lang } from '../i18n/index.svelte';
import { places, type Word } from './words';
import deUrl from './voice-de.ogg';
import enUrl from './voice-en.ogg';

const GONG_URL = '/chime.wav';
const VOICE_URLS: Record<Lang, string> = { de: deUrl, en: enUrl };
/** Enough for speech, and half the memory of what a sound card likes. */
const SAMPLE_RATE = 24_000;
/** resume() may stay pending for ever without a gesture; its answer is the state a moment later. */
const PATIENCE_MS = 300;
/** Between two words, two languages. */
const PAUSE_S = 0.04;
/** With so many waiting, only the first language is said: a call must not be heard a minute late. */
const HURRY = 2;

export interface Sentence {
  lang: Lang;
  words: readonly Word[];
}

interface Announcement {
  gong: boolean;
  sentences: readonly Sentence[];
  over: () => void;
}

export class Speaker {
  /** From 0 to 1; holds from the next sound on. */
  volume = 1;
  #context: AudioContext | null = null;
  #sounds = new Map<string, AudioBuffer>();
  #queue: Announcement[] = [];
  #playing: AudioBufferSourceNode[] = [];
  #busy = false;
  #stops = 0;

  /** Tries to make sound possible and fetches what is to be said in `langs`. True when the next sound will be heard. */
  async enable(langs: readonly Lang[] = []): Promise<boolean> {
    if (typeof AudioContext === 'undefined') return false;
    const context = (this.#context ??= new AudioContext({ sampleRate: SAMPLE_RATE }));
    if (context.state === 'suspended') {
      await Promise.race([context.resume().catch(() => undefined), after(PATIENCE_MS)]);
    }
    await Promise.all([GONG_URL, ...langs.map((lang) => VOICE_URLS[lang])].map((url) => this.#load(url)));
    return this.audible;
  }

  get audible(): boolean {
    return this.#context?.state === 'running';
  }

  /** Whether this language's words are here. */
  speaks(lang: Lang): boolean {
    return this.#sounds.has(VOICE_URLS[lang]);
  }

  /** How many announcements wait for their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * A gong and then these sentences, after everything that was asked for before; answers when they are over. Does nothing
   * while the browser keeps us silent: what nobody heard in time is not made up for later.
   */
  announce(sentences: readonly Sentence[], { gong = true } = {}): Promise<void> {
    if (!this.audible) return Promise.resolve();
    return new Promise((over) => {
      this.#queue.push({ gong, sentences, over });
      if (!this.#busy) void this.#work();
    });
  }

  /** Falls silent at once and forgets what waited. */
  stop(): void {
    for (const { over } of this.#queue.splice(0)) over();
    this.#stops += 1;
    for (const source of this.#playing) source.stop();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    // One gong wakes the room for all calls that follow each other without a pause.
    let woken = false;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const stops = this.#stops;
      if (next.gong && !woken) await this.#play(GONG_URL);
      woken ||= next.gong;
      for (const [n, { lang, words }] of next.sentences.entries()) {
        if (stops !== this.#stops || (n > 0 && this.#queue.length >= HURRY)) break;
        await this.#play(VOICE_URLS[lang], words.map((word) => places[lang][word]));
      }
      next.over();
    }
    this.#busy = false;
  }

  /** Plays a file, or these pieces of it; done when the last has sounded. */
  async #play(url: string, pieces?: readonly number[][]): Promise<void> {
    const [context, sound] = [this.#context, this.#sounds.get(url)];
    if (context?.state !== 'running' || !sound) return;
    const loudness = context.createGain();
    loudness.gain.value = this.volume;
    loudness.connect(context.destination);
    let at = context.currentTime + PAUSE_S;
    for (const [from = 0, length = 0] of pieces ?? [[0, sound.duration * 1000]]) {
      const source = context.createBufferSource();
      source.buffer = sound;
      source.connect(loudness);
      source.start(at, from / 1000, length / 1000);
      at += length / 1000 + PAUSE_S;
      this.#playing.push(source);
    }
    const last = this.#playing.at(-1);
    const ended = new Promise((done) => last?.addEventListener('ended', done, { once: true }));
    // A sound card that is pulled out stops time; the next call must not wait for it.
    await Promise.race([ended, after((at - context.currentTime) * 1000 + 1000)]);
    this.#playing = [];
    loudness.disconnect();
  }

  /** What cannot be had just now is asked for again with the next `enable`. */
  async #load(url: string): Promise<void> {
    if (this.#sounds.has(url)) return;
    try {
      const answer = await fetch(url);
      if (answer.ok && this.#context) this.#sounds.set(url, await this.#context.decodeAudioData(await answer.arrayBuffer()));
    } catch {
      // No network, or a format this browser does not know: the picture says it all, too.
    }
  }
}

const after = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));
