// SHA-256 (FIPS 180-4). The browser's own exists only on https and localhost, and answers later; the proof of work needs
// many short hashes at once.

const BLOCK = 64;

/** The first 32 bits of the fractional part of a root, out of the first primes. */
function roots(count: number, root: (prime: number) => number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime > 0)) primes.push(n);
  return primes.map((prime) => ((root(prime) % 1) * 2 ** 32) | 0);
}

const ROUNDS = Int32Array.from(roots(64, Math.cbrt));
const START = Int32Array.from(roots(8, Math.sqrt));
const schedule = new Int32Array(64);

// Reads that stay inside: the compiler cannot know it, and a check at each would cost.
const word = (words: Int32Array, at: number) => words[at] as number;
const byte = (bytes: Uint8Array, at: number) => bytes[at] as number;

/** The state before anything was hashed. */
export function begin(): Int32Array {
  return START.slice();
}

/** Takes the 64 bytes from `at` into the state. */
export function take(state: Int32Array, bytes: Uint8Array, at = 0): void {
  const w = schedule;
  for (let i = 0, p = at; i < 16; i++, p += 4) {
    w[i] = (byte(bytes, p) << 24) | (byte(bytes, p + 1) << 16) | (byte(bytes, p + 2) << 8) | byte(bytes, p + 3);
  }
  for (let i = 16; i < 64; i++) {
    const x = word(w, i - 15);
    const y = word(w, i - 2);
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (word(w, i - 16) + s0 + word(w, i - 7) + s1) | 0;
  }
  let a = word(state, 0);
  let b = word(state, 1);
  let c = word(state, 2);
  let d = word(state, 3);
  let e = word(state, 4);
  let f = word(state, 5);
  let g = word(state, 6);
  let h = word(state, 7);
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + word(ROUNDS, i) + word(w, i)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = word(state, 0) + a;
  state[1] = word(state, 1) + b;
  state[2] = word(state, 2) + c;
  state[3] = word(state, 3) + d;
  state[4] = word(state, 4) + e;
  state[5] = word(state, 5) + f;
  state[6] = word(state, 6) + g;
  state[7] = word(state, 7) + h;
}

/** `tail`, the end of a message of `length` bytes, with the padding up to whole blocks. */
export function padded(tail: Uint8Array, length: number): Uint8Array {
  const blocks = new Uint8Array(Math.ceil((tail.length + 9) / BLOCK) * BLOCK);
  blocks.set(tail);
  blocks[tail.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(blocks.length - 4, (length * 8) >>> 0);
  return blocks;
}

/** The hash of a message, as eight words. */
export function sha256(message: Uint8Array): Int32Array {
  const state = begin();
  const blocks = padded(message, message.length);
  for (let at = 0; at < blocks.length; at += BLOCK) take(state, blocks, at);
  return state;
}

/** A hash as people compare it: 64 hexadecimal digits. */
export function hex(hash: Int32Array): string {
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
