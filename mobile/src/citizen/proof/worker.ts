/// <reference lib="webworker" />
// Solves one challenge beside the page, so that the page never stands still.
import { attempt, searchFor } from './solve';

declare const self: DedicatedWorkerGlobalScope;

const ALL_AT_ONCE = 100_000;

self.addEventListener('message', ({ data }: MessageEvent<{ challenge: string; difficulty: number }>) => {
  const search = searchFor(data.challenge, data.difficulty);
  let nonce: string | null = null;
  while (nonce === null) nonce = attempt(search, ALL_AT_ONCE);
  self.postMessage(nonce);
});

export {};
