// The sound of an emergency: two tones in turn until it is stopped. Browsers keep a page silent until somebody has touched
// it once, so the first press of the day makes it possible.

let context: AudioContext | null = null;

/** Makes sound possible; called for every press. */
export function allowSound(): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
}

const TONES = [880, 660];
const EACH_MS = 400;

/** Sounds until the returned function is called. */
export function sound(): () => void {
  let turn = 0;
  const next = () => {
    const tone = TONES[turn++ % TONES.length];
    if (context?.state === 'running' && tone) beep(context, tone);
  };
  next();
  const timer = setInterval(next, EACH_MS);
  return () => clearInterval(timer);
}

function beep(on: AudioContext, tone: number): void {
  const [source, volume] = [on.createOscillator(), on.createGain()];
  source.frequency.value = tone;
  source.type = 'square';
  volume.gain.value = 0.25;
  source.connect(volume).connect(on.destination);
  source.start();
  source.stop(on.currentTime + (EACH_MS - 40) / 1000);
}
