// How operations writes durations and kinds.
import type { JobCount } from '$shared/api/types';
import { count } from '$shared/format';
import { texts } from './texts/index';

const PROVIDERS: Record<string, string> = { twilio: 'Twilio', seven: 'seven.io', simulator: 'Simulator', smtp: 'SMTP', webpush: 'Web Push' };

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

/** Why an attempt failed. No carrier stands between us and a browser: there the push service refuses. */
export function causeName(letter: string, channel: string): string {
  const t = texts.t.acts;
  return letter === 'G' && channel === 'push' ? t.refusedPush : (t.classes[letter] ?? letter);
}

/** What operators stop, by name: "Art „Erinnerung“", "Kanal E-Mail". */
export function targetName({ scope, name }: { scope: string; name: string }): string {
  const t = texts.t.control.pauses;
  if (scope === 'paid_sms') return t.allPaidSms;
  if (scope === 'channel') return t.channelOf(channelName(name));
  if (scope === 'kind') return t.kindOf(kindName(name));
  return t.providerOf(providerName(name));
}

/** A provider as it writes itself; one we do not know is shown as the settings call it. */
export function providerName(name: string): string {
  return PROVIDERS[name] ?? name;
}

/** What a job did: "12 Erinnerungen", "nichts zu tun"; a word we do not know yet stays as it is. */
export function jobResult(counts: readonly JobCount[]): string {
  const t = texts.t.overview;
  const told = counts.filter((one) => one.count > 0).map((one) => {
    const [single, many] = t.jobCounts[one.what] ?? [one.what, one.what];
    return `${count(one.count)} ${one.count === 1 ? single : many}`;
  });
  return told.join(', ') || t.jobNothing;
}

/** A worker's name, short: the random part tells processes apart by its ends. */
export function workerName(name: string): string {
  return name.replace(/[0-9a-f]{16,}$/, (id) => `${id.slice(0, 4)}…${id.slice(-4)}`);
}
