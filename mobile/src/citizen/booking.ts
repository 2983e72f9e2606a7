// What follows from the services somebody wants in one visit: what is asked, where it is possible, how long it takes.
import { say } from '$shared/i18n/index.svelte';
import type { OfficeRef, Service, Slot, SlotDay } from '$shared/api/types';

/** One service of a visit, for so many people. */
export interface Wish {
  service: Service;
  quantity: number;
}

export type FieldName = Exclude<keyof Service['fields'], 'purposes'>;

/** How many services the town takes in one visit. */
export const MOST_SERVICES = 8;

/** The digits of a code in an SMS. */
export const CODE_LENGTH = 6;

/** The wishes as the slots are asked for: "reisepass:2,meldebescheinigung:1". */
export function itemsQuery(wishes: readonly Wish[]): string {
  return wishes.map(({ service, quantity }) => `${service.slug}:${quantity}`).join(',');
}

export function itemsOf(wishes: readonly Wish[]): { service: string; quantity: number }[] {
  return wishes.map(({ service, quantity }) => ({ service: service.slug, quantity }));
}

/** The strictest of what the services ask: one that needs the address makes it needed. */
export function asked(wishes: readonly Wish[], field: FieldName): 'required' | 'optional' | 'not_asked' {
  const wanted = wishes.map(({ service }) => service.fields[field]);
  if (wanted.includes('required')) return 'required';
  return wanted.includes('optional') ? 'optional' : 'not_asked';
}

/** What a field is asked for, where one of the services has a sentence of its own. */
export function purposeOf(wishes: readonly Wish[], field: FieldName): string | undefined {
  const own = wishes.flatMap(({ service }) => service.fields.purposes).find((purpose) => purpose.field === field);
  return own && say(own.text);
}

/** The offices where all of it is possible. */
export function officesOf(wishes: readonly Wish[]): OfficeRef[] {
  const [first, ...others] = wishes;
  if (!first) return [];
  return first.service.offices.filter(({ id }) =>
    others.every(({ service }) => service.offices.some((office) => office.id === id)),
  );
}

/** Minutes the visit is planned with. */
export function minutesOf(wishes: readonly Wish[]): number {
  return wishes.reduce((sum, { service, quantity }) => sum + service.duration_min * quantity, 0);
}

/** Adds a service, or changes for how many people it is. */
export function withWish(wishes: readonly Wish[], wish: Wish): Wish[] {
  const known = wishes.some(({ service }) => service.slug === wish.service.slug);
  return known
    ? wishes.map((one) => (one.service.slug === wish.service.slug ? wish : one))
    : [...wishes, wish].slice(0, MOST_SERVICES);
}

export const sameSlot = (a: Slot, b: Slot): boolean => a.pool_id === b.pool_id && a.starts_at === b.starts_at;

/** Whether the slot is among the free ones. */
export const isFree = (days: readonly SlotDay[], wanted: Slot): boolean =>
  days.some(({ slots }) => slots.some((slot) => sameSlot(slot, wanted)));

/** The day to show first: the one wished if it has a free time, else the first that has. */
export function dayToShow(days: readonly SlotDay[], wished: string | null): string | null {
  const free = days.filter((day) => day.slots.length > 0);
  return (free.find((day) => day.day === wished) ?? free[0])?.day ?? null;
}

/** A remark for the staff from the ticked helps and the own words; always in German, because they read it. */
export function remarkOf(helps: readonly string[], own: string): string {
  return [...helps, own.trim()].filter(Boolean).join('. ');
}

/** What is typed about a person, as far as every form asks for it. */
export interface Person {
  name: string;
  phone: string;
  email: string;
  address: string;
}

type PersonSentences = Record<'checkName' | 'checkPhone' | 'checkDigits' | 'checkEmail' | 'checkAddress', string>;

/** What is missing or cannot be right about the person, by field. */
export function checkPerson(wishes: readonly Wish[], typed: Person, t: PersonSentences): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!typed.name.trim()) wrong['name'] = t.checkName;
  if (!typed.phone.trim()) wrong['phone'] = t.checkPhone;
  else if (lacksDigits(typed.phone)) wrong['phone'] = t.checkDigits;
  if (asked(wishes, 'email') === 'required' && !typed.email.trim()) wrong['email'] = t.checkEmail;
  if (asked(wishes, 'address') === 'required' && !typed.address.trim()) wrong['address'] = t.checkAddress;
  return wrong;
}

/** The person as the town is told: trimmed, and nothing that was not asked for. */
export function personOf(wishes: readonly Wish[], typed: Person) {
  return {
    name: typed.name.trim(),
    email: (asked(wishes, 'email') !== 'not_asked' && typed.email.trim()) || undefined,
    address: (asked(wishes, 'address') !== 'not_asked' && typed.address.trim()) || undefined,
  };
}

/** How many digits a mobile number lacks for certain; foreign forms are left to the town. */
export function lacksDigits(phone: string): boolean {
  const digits = phone.replace(/\D/g, '');
  return /^0?1/.test(digits) && digits.length < 10;
}

const CONDITION = /^(bei|für|wenn|falls|sofern|gegebenenfalls|ggf\.) /i;

/** A document as title and explanation. "bei Vertretung: Vollmacht" names the condition first; here the paper comes first. */
export function documentParts(text: string): { title: string; more: string } {
  const cut = text.indexOf(': ');
  if (cut < 0) return { title: text, more: '' };
  const [head, tail] = [text.slice(0, cut), text.slice(cut + 2)];
  return CONDITION.test(head) ? { title: tail, more: head } : { title: head, more: tail };
}
