// Proofs of work, computed ahead: the challenge is asked for when the free times are looked at, so that choosing one costs
// no wait.

/** A challenge of the town. */
export interface Challenge {
  challenge: string;
  /** Zero bits needed; 0 asks for no proof. */
  difficulty: number;
  expires_at: string;
}

export interface Proof {
  challenge: string;
  nonce: string;
}

interface Work {
  challenge: Challenge;
  proof: Promise<Proof | undefined>;
}

export interface Tools {
  ask(): Promise<Challenge>;
  compute(challenge: string, difficulty: number): Promise<string>;
  now(): number;
}

/** A proof must not expire on its way. */
const MARGIN_MS = 20_000;

export class Prover {
  #coming: Promise<Work> | null = null;
  #until = Infinity;

  constructor(readonly tools: Tools) {}

  /** Begins to compute; failing here is no harm, because it is tried again when the proof is needed. */
  prepare(): void {
    this.#work().catch(() => {});
  }

  /** The proof for the next hold; nothing where the town asks for none. */
  async proof(): Promise<Proof | undefined> {
    return (await this.#work()).proof;
  }

  /** Has served, or was not accepted. */
  forget(): void {
    this.#coming = null;
    this.#until = Infinity;
  }

  #work(): Promise<Work> {
    if (this.tools.now() >= this.#until) this.forget();
    this.#coming ??= this.#begin();
    return this.#coming;
  }

  #begin(): Promise<Work> {
    const coming = this.tools.ask().then((challenge): Work => {
      if (this.#coming === coming) this.#until = Date.parse(challenge.expires_at) - MARGIN_MS;
      return { challenge, proof: this.#solve(challenge) };
    });
    // One that could not be had is asked for again.
    coming.catch(() => {
      if (this.#coming === coming) this.forget();
    });
    return coming;
  }

  async #solve({ challenge, difficulty }: Challenge): Promise<Proof | undefined> {
    if (difficulty === 0) return undefined;
    return { challenge, nonce: await this.tools.compute(challenge, difficulty) };
  }
}
