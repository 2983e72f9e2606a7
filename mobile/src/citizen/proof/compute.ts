// Where a challenge is solved: in a worker, and on the page in small pieces where there is none.
import { attempt, searchFor } from './solve';

const PIECE = 2_000;

/** The number that solves the challenge. */
export async function compute(challenge: string, difficulty: number): Promise<string> {
  if (typeof Worker === 'undefined') return computeHere(challenge, difficulty);
  return inWorker(challenge, difficulty).catch(() => computeHere(challenge, difficulty));
}

function inWorker(challenge: string, difficulty: number): Promise<string> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
    worker.onerror = reject;
    worker.postMessage({ challenge, difficulty });
  }).finally(() => worker.terminate());
}

async function computeHere(challenge: string, difficulty: number): Promise<string> {
  const search = searchFor(challenge, difficulty);
  for (;;) {
    const nonce = attempt(search, PIECE);
    if (nonce !== null) return nonce;
    await new Promise((resolve) => setTimeout(resolve));
  }
}
