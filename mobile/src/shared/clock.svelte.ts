// The town's time. The demo's clock starts on a working morning and may run faster; every surface shows that time, never
// the device's. `clock.now` moves once a second and whatever reads it follows.
import { dayOf } from './format';
import type { Clock, Day, Instant } from './api/types';

interface Fix {
  /** The town's time when it was told, in ms. */
  town: number;
  /** This page's monotonic time at that moment. */
  here: number;
  speed: number;
}

let fix = $state.raw<Fix>({ town: Date.now(), here: performance.now(), speed: 1 });
let demo = $state(false);
let beat = $state.raw(performance.now());

setInterval(() => (beat = performance.now()), 1000);

const at = (monotonic: number) => fix.town + Math.max(0, monotonic - fix.here) * fix.speed;

export const clock = {
  /** The town's time in ms, moving once a second; reactive. */
  get now(): number {
    return at(Math.max(beat, fix.here));
  },
  /** The town's time in ms, exactly now; not reactive. */
  exact(): number {
    return at(performance.now());
  },
  get today(): Day {
    return dayOf(clock.now);
  },
  /** Whether the time is simulated. */
  get demo(): boolean {
    return demo;
  },
  get speed(): number {
    return fix.speed;
  },
  /** Takes over the time the backend told. Small differences are ignored so that the clock never jumps back visibly. */
  set(told: Clock): void {
    const town = Date.parse(told.now);
    if (Math.abs(town - clock.exact()) > 1500 * told.speed || told.speed !== fix.speed) {
      fix = { town, here: performance.now(), speed: told.speed };
    }
    demo = told.demo;
  },
  /** Milliseconds of the town's time until `instant`; negative when past. Reactive. */
  until(instant: Instant): number {
    return Date.parse(instant) - clock.now;
  },
};
