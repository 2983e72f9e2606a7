// The controls of sending as they stand: pauses, providers, the day's budget. Asked for again while the overview's stream
// tells of changes; what operators do is asked with a reason, and what the backend answers is shown at once.
import { api } from '$shared/api/client';
import type { MessagePauses, OpsBudget, SmsProviderState } from '$shared/api/types';
import { asStaff } from '$shared/staff/session.svelte';
import { act, asking, reasonField } from './acts.svelte';
import { PAID_SMS, type Target } from './controls';
import { texts } from './texts/index';
import { targetName } from './words';

/** The stream tells of every message; the controls change rarely. */
const PACE_MS = 4_500;

let pauses = $state.raw<MessagePauses | null>(null);
let providers = $state.raw<SmsProviderState[] | null>(null);
let budget = $state.raw<OpsBudget | null>(null);
let error = $state.raw<unknown>(null);
let asked = -PACE_MS;
/** Counts what operators did: an answer to an older question must not overwrite what they see. */
let acted = 0;

export const control = {
  get pauses(): MessagePauses | null {
    return pauses;
  },
  get providers(): SmsProviderState[] | null {
    return providers;
  },
  get budget(): OpsBudget | null {
    return budget;
  },
  /** Why there is nothing to show; null as soon as there is. */
  get error(): unknown {
    return pauses && providers && budget ? null : error;
  },
};

/** Asks again, unless that was just done. */
export function look(): void {
  if (performance.now() - asked >= PACE_MS) void load();
}

export async function load(): Promise<void> {
  asked = performance.now();
  const before = acted;
  try {
    const found = await Promise.all([asStaff(api.GET('/ops/pauses')), asStaff(api.GET('/ops/providers')), asStaff(api.GET('/ops/budget'))]);
    if (acted !== before) return;
    [pauses, { providers }, budget] = found;
    error = null;
  } catch (failure) {
    error = failure;
  }
}

/** Takes what the backend answered to an act; after a refusal asks how things stand. */
function settled<T>(take: (result: T) => void): (result: T | null) => void {
  return (result) => {
    acted += 1;
    if (result) take(result);
    void load();
  };
}

const takePauses = settled<MessagePauses>((found) => (pauses = found));
const refusals = () => texts.t.control.refused;

export function askPause(target: Target): void {
  const t = texts.t.control.pauses;
  const emergency = target.scope === PAID_SMS.scope;
  asking.question = {
    title: emergency ? t.stopTitle : t.pauseTitle(targetName(target)),
    text: emergency ? t.stopText : t.pauseText[target.scope] ?? '',
    points: emergency ? t.stopPoints : undefined,
    yes: emergency ? t.stop : t.pause,
    harmful: true,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/pauses', { body: { ...target, reason } })), t.paused(targetName(target)), takePauses, refusals()),
  };
}

export function askResume(target: Target): void {
  const t = texts.t.control.pauses;
  asking.question = {
    title: t.resumeTitle(targetName(target)),
    text: t.resumeText,
    yes: t.resume,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/pauses/end', { body: { ...target, reason } })), t.resumed(targetName(target)), takePauses, refusals()),
  };
}

export function askShares(weights: { provider: string; weight: number }[], told: string, after: (done: boolean) => void): void {
  const t = texts.t.control.shares;
  const take = settled<{ providers: SmsProviderState[] }>((found) => (providers = found.providers));
  asking.question = {
    title: t.askTitle,
    text: t.askText(told),
    yes: t.save,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.PUT('/ops/providers/weights', { body: { weights, reason } })), t.saved, (found) => (take(found), after(found !== null)), refusals()),
  };
}

export function askBudget(segments: number, text: string, after: (done: boolean) => void): void {
  const t = texts.t.control.budget;
  const take = settled<OpsBudget>((found) => (budget = found));
  asking.question = {
    title: t.askTitle,
    text,
    yes: t.save,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.PUT('/ops/budget', { body: { segments_per_day: segments, reason } })), t.saved, (found) => (take(found), after(found !== null)), refusals()),
  };
}
