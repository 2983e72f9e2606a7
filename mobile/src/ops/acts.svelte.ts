// What operators do to one message: asked with a reason, told when done, refused in words.
import { api } from '$shared/api/client';
import { Refused, sentence } from '$shared/api/problem';
import type { MessageDetail } from '$shared/api/types';
import type { Question } from '$shared/staff/Confirm.svelte';
import { feedback } from '$shared/staff/feedback.svelte';
import { asStaff } from '$shared/staff/session.svelte';
import { refresh } from './live.svelte';
import { texts } from './texts/index';

export const asking = $state<{ question: Question | null }>({ question: null });

const body = (id: string, reason: string) => ({ params: { path: { id } }, body: { reason } });
const reasonField = () => ({
  label: `${texts.t.message.reason} ${texts.t.message.reasonWhy}`,
  missing: texts.t.message.reasonMissing,
});

/** Runs a verb; on a refusal says why and lets the page ask again. */
async function act<T>(request: Promise<T>, done: string | null, after: (result: T | null) => void): Promise<void> {
  try {
    const result = await request;
    if (done) feedback.show('ok', done);
    after(result);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) {
      feedback.show('bad', sentence(error, { not_possible_now: texts.t.message.refused }));
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

export function askCancel(id: string, after: After): void {
  const t = texts.t.message;
  asking.question = {
    title: t.cancelTitle,
    text: t.cancelText,
    yes: t.cancelYes,
    harmful: true,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/messages/{id}/cancel', body(id, reason))), t.cancelled, after),
  };
}

export function askReveal(id: string, after: (shown: { text: string; recipient: string } | null) => void): void {
  const t = texts.t.message;
  asking.question = {
    title: t.revealTitle,
    text: t.revealText,
    yes: t.revealYes,
    reason: reasonField(),
    run: (reason) => void act(asStaff(api.POST('/ops/messages/{id}/reveal', body(id, reason))), null, after),
  };
}
