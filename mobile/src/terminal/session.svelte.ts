// Time with the online services: so many minutes, a warning a minute before the end, more time as often as ten times
// (WCAG 2.2.1). Whatever happens in a frame is not seen here, so only the clock counts.

export const WARN_SECONDS = 60;
export const MOST_EXTENSIONS = 10;

export class Session {
  left = $state(0);
  extended = $state(0);
  #ended = false;

  constructor(
    private readonly minutes: number,
    private readonly over: () => void,
  ) {
    this.left = minutes * 60;
  }

  readonly warning = $derived(this.left <= WARN_SECONDS);
  readonly mayExtend = $derived(this.extended < MOST_EXTENSIONS);

  start(): () => void {
    const timer = setInterval(() => this.second(), 1000);
    return () => clearInterval(timer);
  }

  second(): void {
    this.left -= 1;
    if (this.left <= 0) this.end();
  }

  extend(): void {
    if (!this.mayExtend) return;
    this.extended += 1;
    this.left = this.minutes * 60;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.over();
  }
}
