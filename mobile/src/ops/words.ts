// How operations writes durations and kinds.
import { count } from '$shared/format';
import { texts } from './texts/index';

/** "0,8 s", "3 Min.", "2 Std." */
export function seconds(value: number): string {
  const t = texts.t.overview;
  if (value > 0 && value < 0.1) return t.seconds(`< ${count(0.1, 1)}`);
  if (value < 90) return t.seconds(count(value, value < 10 ? 1 : 0));
  if (value < 5400) return t.minutes(count(value / 60));
  if (value < 129_600) return t.hoursLong(count(value / 3600));
  return t.days(count(value / 86_400));
}

/** The name of a kind; a new one is shown as the backend calls it. */
export function kindName(kind: string): string {
  return texts.t.kinds[kind] ?? kind;
}

/** The name of a message's state; a new one is shown as the backend calls it. */
export function stateName(state: string): string {
  const known: Record<string, string> = texts.t.states;
  return known[state] ?? state;
}

export function channelName(channel: string): string {
  return texts.t.channels[channel] ?? channel;
}
