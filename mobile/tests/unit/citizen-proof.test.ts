import { describe, expect, it } from 'vitest';
import { compute } from '../../src/citizen/proof/compute';
import { Prover, type Challenge } from '../../src/citizen/proof/prover';
import { hex, sha256 } from '../../src/citizen/proof/sha256';
import { attempt, searchFor, solves, zeroBits } from '../../src/citizen/proof/solve';

const hash = (text: string) => hex(sha256(new TextEncoder().encode(text)));

describe('SHA-256', () => {
  // FIPS 180-4 and its examples.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
  ])('of "%s"', (text, expected) => expect(hash(text)).toBe(expected));

  it('agrees with the platform at every length around a block', async () => {
    for (let length = 50; length < 135; length++) {
      const bytes = Uint8Array.from({ length }, (_, n) => n * 7);
      const theirs = new Int32Array(await crypto.subtle.digest('SHA-256', bytes));
      const swapped = Array.from(theirs, (_, n) => new DataView(theirs.buffer).getInt32(4 * n));
      expect(Array.from(sha256(bytes))).toEqual(swapped);
    }
  });
});

describe('a proof of work', () => {
  it('is the first number that solves the challenge', () => {
    const nonce = attempt(searchFor('lotse', 12), 1_000_000) ?? '';
    expect(solves('lotse', nonce, 12)).toBe(true);
    for (let before = 0; before < Number(nonce); before++) expect(solves('lotse', String(before), 12)).toBe(false);
  });

  it.each([1, 40, 53, 54, 55, 60, 61, 62, 63, 64, 100, 130])('is found for a challenge of %i characters', (length) => {
    const challenge = 'x'.repeat(length);
    const nonce = attempt(searchFor(challenge, 9), 1_000_000) ?? '';
    expect(nonce).toMatch(/^\d{1,32}$/);
    expect(solves(challenge, nonce, 9)).toBe(true);
  });

  it('may be searched in pieces with the same result', () => {
    const whole = attempt(searchFor('probe', 11), 1_000_000);
    const search = searchFor('probe', 11);
    let found: string | null = null;
    while (found === null) found = attempt(search, 7);
    expect(found).toBe(whole);
  });

  it('is computed on the page where there are no workers', async () => {
    const nonce = await compute('beispiel', 8);
    expect(solves('beispiel', nonce, 8)).toBe(true);
  });

  it('counts the zero bits over words', () => {
    expect(zeroBits(Int32Array.of(0, 1 << 30))).toBe(33);
    expect(zeroBits(Int32Array.of(-1, 0))).toBe(0);
  });
});

describe('proofs made ahead', () => {
  const START = Date.parse('2026-11-23T08:00:00Z');

  function town(difficulty: number) {
    let asked = 0;
    let now = START;
    const challenges: string[] = [];
    const prover = new Prover({
      ask: (): Promise<Challenge> => {
        asked += 1;
        return Promise.resolve({ challenge: `c${asked}`, difficulty, expires_at: new Date(now + 600_000).toISOString() });
      },
      compute: (challenge) => {
        challenges.push(challenge);
        return Promise.resolve('7');
      },
      now: () => now,
    });
    return { prover, challenges, asked: () => asked, later: (ms: number) => (now += ms) };
  }

  it('ask and compute once for what was prepared', async () => {
    const { prover, challenges } = town(5);
    prover.prepare();
    prover.prepare();
    expect(await prover.proof()).toEqual({ challenge: 'c1', nonce: '7' });
    expect(challenges).toEqual(['c1']);
  });

  it('are none where the town asks for none, and it is not asked again', async () => {
    const { prover, challenges, asked } = town(0);
    expect(await prover.proof()).toBeUndefined();
    expect(await prover.proof()).toBeUndefined();
    expect(challenges).toEqual([]);
    expect(asked()).toBe(1);
  });

  it('are made anew once they have expired or served', async () => {
    const { prover, later } = town(5);
    await prover.proof();
    later(590_000);
    expect(await prover.proof()).toMatchObject({ challenge: 'c2' });
    prover.forget();
    expect(await prover.proof()).toMatchObject({ challenge: 'c3' });
  });

  it('are asked for again after nobody answered', async () => {
    let asked = 0;
    const prover = new Prover({
      ask: () => (++asked === 1 ? Promise.reject(new Error('no line')) : Promise.resolve({ challenge: 'c', difficulty: 0, expires_at: '2099-01-01T00:00:00Z' })),
      compute: () => Promise.resolve('1'),
      now: () => START,
    });
    await expect(prover.proof()).rejects.toThrow('no line');
    expect(await prover.proof()).toBeUndefined();
  });
});
