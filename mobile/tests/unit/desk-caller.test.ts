import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceSummary } from '$shared/api/types';
import { CallerBooking } from '../../src/desk/caller.svelte';
import { Delivered, deliveredOf } from '../../src/desk/delivered.svelte';
import { findServices } from '../../src/desk/find-service';
import { workMock } from '../e2e/mock/work';

let services: ServiceSummary[];
let answer: (request: Request) => Promise<Response>;

beforeEach(async () => {
  const handle = workMock();
  answer = handle;
  vi.stubGlobal('fetch', (request: Request) => answer(request));
  const list = (await (await handle(new Request('http://localhost/api/v1/services'))).json()) as { services: ServiceSummary[] };
  services = list.services;
  await handle(
    new Request('http://localhost/api/v1/staff/sign-in', { method: 'POST', body: JSON.stringify({ login: 'desk', password: 'lotse-demo' }) }),
  );
});

const named = (query: string) => findServices(services, query).map((one) => one.slug);

describe('finding a service', () => {
  it('begins with what people say', () => {
    expect(named('perso')[0]).toBe('personalausweis-beantragen');
    expect(named('Umzug')).toEqual(['wohnsitz-ummelden']);
  });
  it('offers the popular ones before anything is typed', () => {
    expect(named('').length).toBeGreaterThan(0);
  });
  it('finds nothing rather than anything', () => {
    expect(named('raumschiff')).toEqual([]);
  });
});

async function begun() {
  const booking = new CallerBooking();
  const service = services.find((one) => one.slug === 'reisepass-beantragen');
  if (!service) throw new Error('the town offers passports');
  booking.add(service, 0);
  await vi.waitFor(() => expect(booking.times.slot).not.toBeNull());
  booking.name = 'Modell, Ida';
  booking.phone = '0171 3920042';
  return booking;
}

describe('booking for a caller', () => {
  it('offers the earliest times and takes the first', async () => {
    const booking = await begun();
    expect(booking.times.choices).toHaveLength(4);
    expect(booking.times.slot).toEqual(booking.times.choices[0]);
  });

  it('keeps everything typed when the time is gone', async () => {
    const booking = await begun();
    booking.remark = 'vergeben';
    const slot = booking.times.slot;
    if (!slot) throw new Error('a time is chosen');
    await expect(booking.book(slot)).rejects.toMatchObject({ code: 'slot_taken' });
    expect(booking.times.lost).toEqual(slot);
    expect([booking.name, booking.phone, booking.remark]).toEqual(['Modell, Ida', '0171 3920042', 'vergeben']);
    expect(booking.times.slot).not.toBeNull();
  });

  it('sends the same key again when nobody answered', async () => {
    const booking = await begun();
    const slot = booking.times.slot;
    if (!slot) throw new Error('a time is chosen');
    const keys: (string | null)[] = [];
    const real = answer;
    answer = (request) => {
      keys.push(request.headers.get('Idempotency-Key'));
      return keys.length === 1 ? Promise.reject(new TypeError('no network')) : real(request);
    };
    await expect(booking.book(slot)).rejects.toMatchObject({ name: 'Unreachable' });
    await booking.book(slot);
    expect(booking.booked?.check_in_code).toBe('4829-1376');
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).toBeTruthy();
  });
});

describe('what was delivered', () => {
  const items = [{ service: 'reisepass-beantragen', quantity: 2, name: { de: 'Reisepass' } }];
  it('is at first what was asked for', () => {
    expect(new Delivered(items).items()).toEqual([{ service: 'reisepass-beantragen', quantity: 2 }]);
  });
  it('counts an added service up and leaves an unticked one out', () => {
    const delivered = new Delivered(items);
    delivered.add('hund-anmelden', { de: 'Hund' });
    delivered.add('hund-anmelden', { de: 'Hund' });
    const [first] = delivered.lines;
    if (first) first.done = false;
    expect(delivered.items()).toEqual([{ service: 'hund-anmelden', quantity: 2 }]);
  });
  it('survives a new snapshot of the visit', () => {
    const first = deliveredOf({ id: 'v-1', items });
    first.add('hund-anmelden', { de: 'Hund' });
    expect(deliveredOf({ id: 'v-1', items: [...items] }).items()).toHaveLength(2);
  });
});
