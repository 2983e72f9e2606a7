// A service while somebody edits it: a copy to type into, what is wrong with it, and whether anything was changed.
import { api } from '$shared/api/client';
import { isRefused, type Refused } from '$shared/api/problem';
import type { EditedService, FeesBody, OfferBody, OfferPlace, OnlineBody, PlanServices, ServiceBody } from '$shared/api/types';
import { say } from '$shared/i18n/index.svelte';
import { asStaff } from '$shared/staff/session.svelte';

export interface OfferRow extends OfferBody {
  place: OfferPlace;
  offered: boolean;
}

export const FIELDS = ['name', 'address', 'phone', 'email', 'remark'] as const;

/** A service nobody has described yet. */
export function blank(department: string): ServiceBody {
  return {
    slug: '', department, name_de: '', name_en: null, kind: 'public', active: true, appointment_only: false, bookable_from: null,
    bookable_until: null, duration_min: 10, max_quantity: 5, sms_keyword: null, flags: [], keywords: [], documents: [], fee: null,
    online: blankOnline(), personal_appearance_required: true, proxy_allowed: false, legal_basis: [], note: null, leika: null,
    form: { name: 'required', address: 'not_asked', phone: 'required', email: 'optional', remark: 'optional', purposes: [] }, planned: [],
  };
}

export const blankOnline = (): OnlineBody => ({ possible: 'no', how: null, url: null });
export const blankFees = (): FeesBody => ({ scope: 'kommune', source: '', items: [{ label: { de: '', en: null }, cents: 0, extra: false }], note: null });

/** A slug out of a name: „Führungszeugnis beantragen“ → `fuehrungszeugnis-beantragen`. */
export function slugOf(name: string): string {
  const german: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };
  return name
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => german[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
}

/** What is typed, as the server wants it: empty texts are nothing. */
export function sent(service: ServiceBody): ServiceBody {
  const text = (value: string | null | undefined) => value?.trim() || null;
  const words = (value: { de: string; en?: string | null } | null | undefined) =>
    value && (text(value.de) || text(value.en)) ? { de: value.de.trim(), en: text(value.en) } : null;
  const fees = (fee: FeesBody | null | undefined) =>
    fee ? { ...fee, source: fee.source.trim(), note: words(fee.note), items: fee.items.map((item) => ({ ...item, label: words(item.label) ?? { de: '', en: null } })) } : null;
  const online = (way: OnlineBody) => ({ ...way, how: words(way.how), url: text(way.url) });
  return {
    ...service,
    name_de: service.name_de.trim(),
    name_en: text(service.name_en),
    slug: service.slug.trim(),
    sms_keyword: text(service.sms_keyword)?.toUpperCase() ?? null,
    bookable_from: text(service.bookable_from),
    bookable_until: text(service.bookable_until),
    leika: text(service.leika),
    note: words(service.note),
    keywords: service.keywords.map((word) => word.trim()).filter(Boolean),
    legal_basis: service.legal_basis.map((law) => law.trim()).filter(Boolean),
    documents: service.documents.flatMap((document) => words(document) ?? []),
    fee: fees(service.fee),
    online: online(service.online),
    form: { ...service.form, purposes: service.form.purposes.filter((purpose) => purpose.text.de.trim()) },
    planned: service.planned.map((change) => ({
      ...change,
      documents: change.documents?.flatMap((document) => words(document) ?? []) ?? null,
      fee: fees(change.fee),
      online: change.online ? online(change.online) : null,
    })),
  };
}

type WithoutNulls<T> = T extends (infer U)[] ? WithoutNulls<U>[] : T extends object ? { [K in keyof T]: WithoutNulls<Exclude<T[K], null>> } : T;

/** An emptied or broken number is 0, which the server refuses beside its field. */
const number = (value: number | null | undefined) => Math.max(0, Math.round(Number(value ?? 0) || 0));
const whole = (service: ServiceBody): ServiceBody => ({
  ...service,
  duration_min: number(service.duration_min),
  max_quantity: number(service.max_quantity),
});
const wholeOffer = (offer: OfferBody): OfferBody => ({
  pool_id: offer.pool_id,
  duration_min: number(offer.duration_min),
  per_person_min: number(offer.per_person_min),
  buffer_min: number(offer.buffer_min),
});

/** A request leaves out what is nothing. */
const withoutNulls = <T,>(value: T) => JSON.parse(JSON.stringify(value, (_, one: unknown) => one ?? undefined)) as WithoutNulls<T>;

export class Editing {
  id: string | null;
  service = $state<ServiceBody | null>(null);
  offers = $state<OfferRow[]>([]);
  /** Its name as it is kept. */
  name = $state('');
  failure = $state.raw<unknown>(null);
  busy = $state(false);
  #rev = 0;
  #before = $state('');

  constructor(id: string | null) {
    this.id = id;
  }

  get changed(): boolean {
    return this.service !== null && this.#now() !== this.#before;
  }

  async load(departments: PlanServices['departments']): Promise<void> {
    this.failure = null;
    try {
      if (this.id) return this.#take(await asStaff(api.GET('/planning/services/{id}', { params: { path: { id: this.id } } })));
      const places = await asStaff(api.GET('/planning/places'));
      this.#show(blank(departments[0]?.slug ?? ''), [], places);
    } catch (error) {
      this.failure = error;
    }
  }

  /** Saves; whether it worked. */
  async save(): Promise<boolean> {
    if (this.busy || !this.service) return false;
    this.busy = true;
    this.failure = null;
    const asSent = this.#now();
    const offers = this.offers
      .filter((offer) => offer.offered)
      .map(({ pool_id, duration_min, per_person_min, buffer_min }) => ({ pool_id, duration_min, per_person_min, buffer_min }));
    const body = withoutNulls({ service: whole(sent($state.snapshot(this.service) as ServiceBody)), offers: offers.map(wholeOffer), rev: this.#rev });
    try {
      const kept = this.id
        ? await asStaff(api.PUT('/planning/services/{id}', { params: { path: { id: this.id } }, body }))
        : await asStaff(api.POST('/planning/services', { body }));
      this.id = kept.id;
      // What was typed meanwhile stays, and is not saved yet.
      if (this.#now() === asSent) this.#take(kept);
      else {
        this.#rev = kept.rev;
        this.name = kept.service.name_de;
        this.#before = asSent;
      }
      return true;
    } catch (error) {
      this.failure = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What is wrong with a field of the request or with something in it, if anything. */
  wrong(field: string): string | null {
    if (!isRefused(this.failure)) return null;
    const within = (place: string) => place === field || place.startsWith(`${field}.`) || place.startsWith(`${field}[`);
    const found = (this.failure as Refused).fields.find((one) => within(one.field));
    return found ? say(found.detail) : null;
  }

  /** The offers as they are sent leave out pools, so the faults' places count the offered ones only. */
  wrongOffer(pool: string, field: string): string | null {
    const at = this.offers.filter((offer) => offer.offered).findIndex((offer) => offer.pool_id === pool);
    return at < 0 ? null : this.wrong(`offers[${at}].${field}`);
  }

  /** That it is offered nowhere. */
  get wrongPlaces(): string | null {
    if (!isRefused(this.failure)) return null;
    const found = (this.failure as Refused).fields.find((one) => one.field === 'offers');
    return found ? say(found.detail) : null;
  }

  get wrongs(): number {
    return isRefused(this.failure) ? (this.failure as Refused).fields.length : 0;
  }

  #take(kept: EditedService): void {
    this.#rev = kept.rev;
    this.#show(kept.service, kept.offers, kept.places);
  }

  #show(service: ServiceBody, offers: OfferBody[], places: OfferPlace[]): void {
    this.service = service;
    const row = (place: OfferPlace): OfferRow => {
      const there = offers.find((offer) => offer.pool_id === place.pool_id);
      const usual = { pool_id: place.pool_id, duration_min: service.duration_min, per_person_min: 0, buffer_min: 0 };
      return { ...(there ?? usual), place, offered: there !== undefined };
    };
    // Where it is offered stands first; the order stays while somebody ticks.
    this.offers = places.map(row).sort((a, b) => Number(b.offered) - Number(a.offered));
    this.name = service.name_de;
    this.#before = this.#now();
  }

  #now(): string {
    return JSON.stringify([this.service && sent($state.snapshot(this.service) as ServiceBody), $state.snapshot(this.offers)]);
  }
}
