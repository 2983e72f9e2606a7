// What stands behind the controls of sending: shares, the day's budget, what is paused. No page and no request here.
import type { MessagePause, MessagePauses, OpsBudget, SmsProviderState, Throughput } from '$shared/api/types';
import { dayOf, minuteOfDay } from '$shared/format';
import type { Day } from '$shared/api/types';

/** Something that can be stopped: `name` says which, and is empty for everything that is paid for. */
export interface Target {
  scope: string;
  name: string;
}

/** The emergency stop. */
export const PAID_SMS: Target = { scope: 'paid_sms', name: '' };

/** The pause of a target, if it is paused. */
export function pauseOf(pauses: readonly MessagePause[], target: Target): MessagePause | null {
  return pauses.find((one) => one.scope === target.scope && one.name === target.name) ?? null;
}

/** What may be stopped, scope by scope, apart from the emergency stop. */
export function targets(found: MessagePauses): { channels: Target[]; providers: Target[]; kinds: Target[] } {
  const of = (scope: string, names: readonly string[]) => names.map((name) => ({ scope, name }));
  return { channels: of('channel', found.channels), providers: of('provider', found.providers), kinds: of('kind', found.kinds) };
}

/** Whole percents of each weight that add up to a hundred; all nought when nobody has a weight. */
export function percents(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (weight * 100) / sum);
  const whole = exact.map(Math.floor);
  const missing = 100 - whole.reduce((total, one) => total + one, 0);
  const byRest = exact.map((one, n) => ({ n, rest: one - Math.floor(one) })).toSorted((a, b) => b.rest - a.rest);
  for (const { n } of byRest.slice(0, missing)) whole[n] = (whole[n] ?? 0) + 1;
  return whole;
}

/** The points a provider has lost to failures, as the worker sees it that has seen most of them. */
export const lostPoints = (provider: Pick<SmsProviderState, 'workers'>): number => Math.max(0, ...provider.workers.map((worker) => worker.lost_points));

/** How the messages are divided now: a paused provider has none, failures take points away. */
export function sharesNow(providers: readonly SmsProviderState[]): number[] {
  const weights = providers.map((provider) => (provider.paused ? 0 : provider.weight));
  const drifted = providers.map((provider, n) => Math.max(0, (weights[n] ?? 0) - lostPoints(provider)));
  return percents(drifted.some((weight) => weight > 0) ? drifted : weights);
}

/** What somebody typed as a share; null when it is none. */
export function weightIn(typed: string): number | null {
  const text = typed.trim();
  const weight = Number(text);
  return /^\d{1,3}$/.test(text) && weight <= 100 ? weight : null;
}

/** More than any town can mean; the backend refuses it, too. */
export const MOST_SEGMENTS = 1_000_000;

/** What somebody typed as a day's budget, with or without points between the thousands; null when it is none. */
export function segmentsIn(typed: string): number | null {
  const text = typed.trim().replace(/(?<=\d)[.,\s](?=\d{3})/g, '');
  const segments = Number(text);
  return /^\d{1,7}$/.test(text) && segments <= MOST_SEGMENTS ? segments : null;
}

/** Calls of the last quarter of an hour: how many, and how many of them the provider took. */
export function calls(provider: Pick<SmsProviderState, 'outcomes'>): { all: number; taken: number } {
  const sum = (found: SmsProviderState['outcomes']) => found.reduce((total, one) => total + one.count, 0);
  return { all: sum(provider.outcomes), taken: sum(provider.outcomes.filter((one) => one.outcome === 'accepted')) };
}

/** The bar of a day's budget in percents of its whole length: the limit with the reserve behind it. */
export interface BudgetBar {
  used: number;
  /** Where four fifths of the limit are. */
  warning: number;
  /** Where the reserve begins. */
  limit: number;
}

export function budgetBar(budget: Pick<OpsBudget, 'used' | 'reserve' | 'segments_per_day'>): BudgetBar {
  const all = budget.segments_per_day + budget.reserve;
  const part = (segments: number) => (all === 0 ? 100 : Math.min(100, (segments / all) * 100));
  return { used: part(budget.used), warning: part(budget.segments_per_day * 0.8), limit: part(budget.segments_per_day) };
}

/** The used part of the day's limit; a budget of nought is used up. */
export function usedShare(budget: Pick<OpsBudget, 'used' | 'segments_per_day'>): number {
  return budget.segments_per_day === 0 ? 1 : budget.used / budget.segments_per_day;
}

/** SMS taken by providers, hour by hour of the local day; spans that began on another day are left out. */
export function hoursOf(throughput: Throughput, day: Day): number[] {
  const hours = Array.from({ length: 24 }, () => 0);
  const from = Date.parse(throughput.from);
  for (const series of throughput.series) {
    if (series.channel !== 'sms') continue;
    series.taken.forEach((taken, n) => {
      const at = from + n * throughput.span_seconds * 1000;
      const hour = Math.floor(minuteOfDay(at) / 60);
      if (dayOf(at) === day) hours[hour] = (hours[hour] ?? 0) + taken;
    });
  }
  return hours;
}

/** What asks for a look: something stopped, a provider left alone, a budget that runs short, codes under guard. */
export function asksForLook(pauses: MessagePauses | null, providers: readonly SmsProviderState[], budget: OpsBudget | null): boolean {
  const stopped = (pauses?.pauses.length ?? 0) > 0;
  const broken = providers.some((provider) => provider.state === 'failing' || provider.state === 'misconfigured');
  return stopped || broken || (budget !== null && (budget.level !== 'usual' || budget.guarded_since != null));
}
