// The proof of work before a slot is held: a number so that the hash of "<challenge>:<number>" begins with so many zero
// bits. It costs one person a moment, and somebody who wants all slots very much.
import { begin, padded, sha256, take } from './sha256';

const BLOCK = 64;
const ZERO = 0x30;
const NINE = 0x39;

/** A search that is under way: which number is tried next. */
export interface Search {
  challenge: string;
  difficulty: number;
  /** The number of digits that are tried now; they begin with "0…0". */
  digits: number;
  next: number;
}

export function searchFor(challenge: string, difficulty: number): Search {
  return { challenge, difficulty, digits: 1, next: 0 };
}

/** The zero bits with which a hash begins. */
export function zeroBits(hash: Int32Array): number {
  let zeros = 0;
  for (const word of hash) {
    zeros += Math.clz32(word);
    if (word !== 0) break;
  }
  return zeros;
}

/** Whether the number solves the challenge. */
export function solves(challenge: string, nonce: string, difficulty: number): boolean {
  return zeroBits(sha256(new TextEncoder().encode(`${challenge}:${nonce}`))) >= difficulty;
}

/** Tries at most so many numbers; the one that solves it, or null and `search` knows where to go on. */
export function attempt(search: Search, tries: number): string | null {
  const prefix = new TextEncoder().encode(`${search.challenge}:`);
  // What never changes is hashed once.
  const fixed = prefix.length - (prefix.length % BLOCK);
  const before = begin();
  for (let at = 0; at < fixed; at += BLOCK) take(before, prefix, at);
  const state = begin();
  let left = tries;
  for (;;) {
    const end = 10 ** search.digits;
    const first = prefix.length - fixed;
    const blocks = tailOf(prefix.subarray(fixed), search, prefix.length + search.digits);
    for (; search.next < end; search.next++, count(blocks, first + search.digits - 1)) {
      if (left-- === 0) return null;
      state.set(before);
      for (let at = 0; at < blocks.length; at += BLOCK) take(state, blocks, at);
      if (zeroBits(state) >= search.difficulty) return String(search.next).padStart(search.digits, '0');
    }
    search.digits += 1;
    search.next = 0;
  }
}

function tailOf(rest: Uint8Array, { digits, next }: Search, length: number): Uint8Array {
  const tail = new Uint8Array(rest.length + digits);
  tail.set(rest);
  tail.set(new TextEncoder().encode(String(next).padStart(digits, '0')), rest.length);
  return padded(tail, length);
}

/** Adds one to the decimal digits that end here. */
function count(bytes: Uint8Array, end: number): void {
  for (let at = end; ; at--) {
    const digit = bytes[at];
    if (digit === undefined || digit < ZERO || digit > NINE) return;
    if (digit < NINE) {
      bytes[at] = digit + 1;
      return;
    }
    bytes[at] = ZERO;
  }
}
