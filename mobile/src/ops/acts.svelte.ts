// What operators do: asked with a reason, told when done, refused in words.
import { api } from '$shared/api/client';
import { Refused, sentence } from '$shared/api/problem';
import type { MessageDetail, OpsBulk, OpsOptOut, OptOutList } from '$shared/api/types';
import { count } from '$shared/format';
import type { Question } from '$shared/staff/Confirm.svelte';
import { feedback } from '$shared/staff/feedback.svelte';
import { asStaff } from '$shared/staff/session.svelte';
import { refresh } from './live.svelte';
import { texts } from './texts/index';

export const asking = $state<{ question: Question | null }>({ question: null });

const body = (id: string, reason: string) => ({ params: { path: { id } }, body: { reason } });
export const reasonField = () => ({
  label: `${texts.t.message.reason} ${texts.t.message.reasonWhy}`,
  missing: texts.t.message.reasonMissing,
});

/** Runs a verb; on a refusal says why and lets the page ask again. */
export async function act<T>(request: Promise<T>, done: string | null, after: (result: T | null) => void, refusals: Record<string, string> = {}): Promise<void> {
  try {
    const result = await request;
    if (done) feedback.show('ok', done);
    after(result);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) {
      feedback.show('bad', sentence(error, { not_possible_now: texts.t.message.refused, ...refusals }));
    }
    after(null);
  } finally {
    void refresh();
  }
}

type After = (changed: MessageDetail | null) => void;

export function askRetry(id: string, after: After): void {
  const t = texts.t.message;
  asking.question = {
    title: t.retryTitle,
    text: t.retryText,
    yes: t.retryYes,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/messages/{id}/retry', body(id, reason))), t.retried, after),
  };
}

export function askCancel({ id, state }: { id: string; state: string }, after: After): void {
  const t = texts.t.message;
  asking.question = {
    title: t.cancelTitle,
    text: state === 'uncertain' ? t.giveUpText : t.cancelText,
    yes: t.cancelYes,
    harmful: true,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/messages/{id}/cancel', body(id, reason))), t.cancelled, after),
  };
}

type Revealed = { text: string; recipient: string };

/** Shows a message in the clear; the reason is kept. */
export function askReveal(id: string, after: (shown: Revealed | null) => void): void {
  reveal((reason) => asStaff(api.POST('/ops/messages/{id}/reveal', body(id, reason))), after);
}

/** What somebody wrote, and from which number. */
export function askRevealInbound(id: string, after: (shown: Revealed | null) => void): void {
  reveal((reason) => asStaff(api.POST('/ops/inbound/{id}/reveal', body(id, reason))), after);
}

function reveal(request: (reason: string) => Promise<Revealed>, after: (shown: Revealed | null) => void): void {
  const t = texts.t.message;
  asking.question = {
    title: t.revealTitle,
    text: t.revealText,
    yes: t.revealYes,
    reason: reasonField(),
    run: (reason) => void act(request(reason), null, after),
  };
}

export function askLift(one: OpsOptOut, after: (list: OptOutList | null) => void): void {
  const t = texts.t.acts.optOuts;
  const params = { path: { id: one.id } };
  asking.question = {
    title: t.liftTitle,
    text: one.source === 'provider' ? t.liftProvider : t.liftText,
    yes: t.liftYes,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/opt-outs/{id}/lift', { params, body: { channel: one.channel, reason } })), t.lifted, after),
  };
}

type AfterBulk = (bulk: OpsBulk | null) => void;

/** What has become of an action on many messages, in a sentence. */
export function toldOf(bulk: OpsBulk): string {
  const t = texts.t.acts.bulk;
  if (bulk.state === 'proposed') return t.proposed;
  return bulk.state === 'done' ? t.done(count(bulk.done), count(bulk.left_out)) : t.running;
}

export function askAgree(bulk: OpsBulk, after: AfterBulk): void {
  const t = texts.t.acts.bulk;
  const request = () => asStaff(api.POST('/ops/bulk/{id}/agree', { params: { path: { id: bulk.id } } }));
  asking.question = {
    title: t.agreeTitle,
    text: t.agreeText(t.actions[bulk.action], count(bulk.expected), bulk.asked_by, bulk.reason),
    yes: t.agree,
    run: () => void act(request(), null, (done) => (done && feedback.show('ok', toldOf(done)), after(done))),
  };
}

export function withdraw(bulk: OpsBulk, after: AfterBulk): void {
  const request = asStaff(api.POST('/ops/bulk/{id}/withdraw', { params: { path: { id: bulk.id } } }));
  void act(request, texts.t.acts.bulk.withdrawn, after);
}
