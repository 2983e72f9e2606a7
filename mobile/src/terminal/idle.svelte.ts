// Nobody touches the screen any more: warn, then begin anew, so that the next person sees nothing of the last one.
// The warning stands for 20 s at least and is taken back by any touch (WCAG 2.2.1).

export const QUIET_SECONDS = 60;
export const WARN_SECONDS = 25;

export class Idle {
  /** Seconds left while the warning stands; null otherwise. */
  warning = $state<number | null>(null);
  #left = QUIET_SECONDS;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `over` runs when time is up; `watch` says whether there is anything to warn about at the moment. */
  constructor(
    private readonly over: () => void,
    private readonly watch: () => 'warn' | 'quietly' | 'never',
  ) {}

  start(): () => void {
    this.#timer = setInterval(() => this.second(), 1000);
    const touched = (): void => {
      if (this.warning === null) this.stay();
    };
    const events = ['pointerdown', 'keydown', 'scroll'] as const;
    events.forEach((name) => addEventListener(name, touched, { capture: true, passive: true }));
    return () => {
      clearInterval(this.#timer);
      events.forEach((name) => removeEventListener(name, touched, { capture: true }));
    };
  }

  /** More time, wanted by the person or shown by a touch. */
  stay(): void {
    this.warning = null;
    this.#left = QUIET_SECONDS;
  }

  /** One second passes. */
  second(): void {
    const how = this.watch();
    if (how === 'never') {
      this.stay();
      return;
    }
    if (this.warning !== null) {
      this.warning -= 1;
      if (this.warning <= 0) this.#end();
      return;
    }
    this.#left -= 1;
    if (this.#left > 0) return;
    if (how === 'warn') this.warning = WARN_SECONDS;
    else this.#end();
  }

  #end(): void {
    this.stay();
    this.over();
  }
}
