// The gong before a number. Browsers keep a page silent until somebody has touched it once; kiosks are started with
// --autoplay-policy=no-user-gesture-required and never see the hint.

const GONG_URL = '/chime.wav';
/** resume() may stay pending for ever without a gesture; its answer is the state a moment later. */
const PATIENCE_MS = 300;

export class Gong {
  #context: AudioContext | null = null;
  #sample: AudioBuffer | null = null;

  /** Tries to make sound possible. True when the next gong will be heard. */
  async enable(): Promise<boolean> {
    if (typeof AudioContext === 'undefined') return false;
    const context = (this.#context ??= new AudioContext());
    if (context.state === 'suspended') {
      await Promise.race([context.resume().catch(() => undefined), new Promise((go) => setTimeout(go, PATIENCE_MS))]);
    }
    this.#sample ??= await load(context);
    return this.audible;
  }

  get audible(): boolean {
    return this.#context?.state === 'running';
  }

  /** Sounds once; does nothing while the browser keeps us silent. */
  sound(): void {
    const context = this.#context;
    if (context?.state !== 'running' || this.#sample === null) return;
    const source = context.createBufferSource();
    source.buffer = this.#sample;
    source.connect(context.destination);
    source.start();
  }
}

/** Null when the file cannot be had just now; the next attempt asks again. */
async function load(context: AudioContext): Promise<AudioBuffer | null> {
  try {
    const answer = await fetch(GONG_URL);
    return answer.ok ? await context.decodeAudioData(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}
