// What staff do to the queue. Each verb: once at a time, told when done, refused in words, the queue asked again.
import { api, once } from '$shared/api/client';
import { Refused, Unreachable, isRefused, sentence } from '$shared/api/problem';
import type { ItemRequest, StaffMe, Visit } from '$shared/api/types';
import { time } from '$shared/format';
import { uuid } from '$shared/uuid';
import { feedback } from '$shared/staff/feedback.svelte';
import { asStaff, session } from '$shared/staff/session.svelte';
import { refresh } from './queue.svelte';
import { texts } from './texts/index';

let busy = $state<string | null>(null);
/** Keys of intentions that nobody answered yet: pressing again is the same call, not a second one. */
const unanswered: Record<string, string> = {};

export const acting = {
  /** The verb under way. */
  get verb(): string | null {
    return busy;
  },
};

type Told<T> = (result: T) => { text: string; undo?: () => void } | null;

async function act<T>(verb: string, request: () => Promise<T>, told: Told<T>): Promise<T | null> {
  if (busy) return null;
  busy = verb;
  try {
    const result = await request();
    const message = told(result);
    if (message) feedback.show('ok', message.text, message.undo && { label: texts.t.done.undo, run: message.undo });
    return result;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) feedback.show('bad', refusal(error));
    return null;
  } finally {
    busy = null;
    void refresh();
  }
}

/** The sentence for a refusal, with the time or the number it carries. */
function refusal(error: unknown): string {
  const t = texts.t.refused;
  if (isRefused(error, 'call_again_first') && error.data.call_again_from) {
    return texts.t.calls.callAgainFrom(time(error.data.call_again_from));
  }
  if (isRefused(error, 'nobody_waiting') && error.data.held_back) return t.held_back;
  return sentence(error, t);
}

async function keyed<T>(intention: string, request: (headers: { 'Idempotency-Key': string }) => Promise<T>): Promise<T> {
  const key = (unanswered[intention] ??= uuid());
  try {
    const result = await request(once(key));
    delete unanswered[intention];
    return result;
  } catch (error) {
    if (!(error instanceof Unreachable)) delete unanswered[intention];
    throw error;
  }
}

const path = (id: string) => ({ params: { path: { id } } });
const called = (visit: Visit) => ({
  text: texts.t.calls.called(visit.number, visit.counter?.name ?? ''),
  undo: () => void putBack(visit),
});

/** Calls whoever is next. Should that be somebody else than the page showed, it says so. */
export function callNext(counter: string, shown: string): Promise<Visit | null> {
  const request = () =>
    keyed('call-next', (headers) => asStaff(api.POST('/queue/call-next', { body: { counter_id: counter }, headers })));
  return act('call', request, (visit) =>
    visit.number === shown
      ? called(visit)
      : { ...called(visit), text: texts.t.calls.calledOther(shown, visit.number, visit.counter?.name ?? '') },
  );
}

export function callThis(visit: string, counter: string): Promise<Visit | null> {
  const request = () =>
    keyed(`call ${visit}`, (headers) =>
      asStaff(api.POST('/visits/{id}/call', { ...path(visit), body: { counter_id: counter }, headers })),
    );
  return act('call', request, called);
}

export function recall(visit: Visit): Promise<Visit | null> {
  return act('recall', () => asStaff(api.POST('/visits/{id}/recall', path(visit.id))), (after) => ({
    text: texts.t.done.recalled(after.number),
  }));
}

/** Takes a call back: the visitor keeps the place in the queue. */
export function putBack(visit: Visit): Promise<Visit | null> {
  return act('put-back', () => asStaff(api.POST('/visits/{id}/put-back', path(visit.id))), (after) => ({
    text: texts.t.done.rejoined(after.number),
  }));
}

/** The visitor went away. */
export function leave(visit: Visit): Promise<Visit | null> {
  return act('leave', () => asStaff(api.POST('/visits/{id}/leave', path(visit.id))), (after) => ({
    text: texts.t.done.left(after.number),
  }));
}

export function start(visit: Visit): Promise<Visit | null> {
  return act('start', () => asStaff(api.POST('/visits/{id}/start', path(visit.id))), (after) => ({
    text: texts.t.done.started(after.number),
  }));
}

export function finish(visit: Visit, delivered: ItemRequest[]): Promise<Visit | null> {
  const request = () => asStaff(api.POST('/visits/{id}/finish', { ...path(visit.id), body: { delivered } }));
  return act('finish', request, (after) => ({ text: texts.t.done.finished(after.number) }));
}

export function missed(visit: Visit): Promise<Visit | null> {
  return act('missed', () => asStaff(api.POST('/visits/{id}/missed', path(visit.id))), (after) => ({
    text: texts.t.done.missed(after.number),
    undo: () => void rejoin(after),
  }));
}

export function park(visit: Visit, reason: string): Promise<Visit | null> {
  const body = reason ? { reason } : {};
  return act('park', () => asStaff(api.POST('/visits/{id}/park', { ...path(visit.id), body })), (after) => ({
    text: texts.t.done.parked(after.number),
    undo: () => void resume(after),
  }));
}

export function resume(visit: Visit): Promise<Visit | null> {
  return act('resume', () => asStaff(api.POST('/visits/{id}/resume', path(visit.id))), (after) => ({
    text: texts.t.done.resumed(after.number),
  }));
}

export function rejoin(visit: Visit): Promise<Visit | null> {
  return act('rejoin', () => asStaff(api.POST('/visits/{id}/rejoin', path(visit.id))), (after) => ({
    text: texts.t.done.rejoined(after.number),
  }));
}

/** Notes something for colleagues. */
export function note(visit: Visit, text: string): Promise<Visit | null> {
  const request = () =>
    keyed(`note ${visit.id} ${text}`, (headers) => asStaff(api.POST('/visits/{id}/notes', { ...path(visit.id), body: { text }, headers })));
  return act('note', request, () => ({ text: texts.t.noting.done }));
}

/** Moves somebody who waits up by so many minutes; down when negative. */
export function grant(visit: Visit, minutes: number, reason: string): Promise<Visit | null> {
  const request = () =>
    keyed(`grant ${visit.id} ${minutes} ${reason}`, (headers) =>
      asStaff(api.POST('/visits/{id}/grant', { ...path(visit.id), body: { minutes, reason }, headers })),
    );
  return act('grant', request, (after) => ({ text: texts.t.grant.done(after.number, time(after.due_at)) }));
}

/** "Ist da": the person of a booking stands at the desk. */
export function arrived(booking: string, name: string): Promise<Visit | null> {
  return act(`arrived ${booking}`, () => asStaff(api.POST('/bookings/{id}/check-in', path(booking))), (visit) => ({
    text: texts.t.done.arrived(name, visit.number),
  }));
}

export function noShow(booking: string, name: string): Promise<unknown> {
  return act('no-show', () => asStaff(api.POST('/bookings/{id}/no-show', path(booking))), () => ({
    text: texts.t.done.noShow(name),
  }));
}

export function cancelBooking(booking: string, name: string, reason: string): Promise<unknown> {
  const body = reason ? { reason } : {};
  return act('cancel', () => asStaff(api.POST('/bookings/{id}/cancel', { ...path(booking), body })), () => ({
    text: texts.t.done.cancelled(name),
  }));
}

export async function pause(counter: string, paused: boolean): Promise<void> {
  const request = () => asStaff(api.POST('/counters/{id}/pause', { ...path(counter), body: { paused } }));
  const me = await act<StaffMe>('pause', request, () => ({
    text: paused ? texts.t.done.paused : texts.t.done.resumedWork,
  }));
  if (me) session.set(me);
}

export async function closeCounter(counter: string): Promise<boolean> {
  const me = await act<StaffMe>('close', () => asStaff(api.POST('/counters/{id}/close', path(counter))), () => null);
  if (me) session.set(me);
  return me !== null;
}
