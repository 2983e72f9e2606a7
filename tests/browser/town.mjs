// Things that happen in the town while pages are looked at: a booking, a check-in, an enrolled device. All by the API.
import { createHash } from 'node:crypto';

/** The visitor's number: kept free for examples. */
export const PHONE = '0171 3920095';

/** The service the journeys book: by what people type. */
export async function perso(api) {
  const { services } = await api.get('/services');
  return services.find((it) => it.name.de.startsWith('Personalausweis')) ?? services[0];
}

/** Free slots of the coming days. */
export async function freeSlots(api, service) {
  const { days, places } = await api.get(`/slots?items=${service.slug}:1&days=14`);
  const slots = days.flatMap(({ day, begins_at, free }) =>
    free.flatMap(({ place, minutes }) =>
      minutes.map((minute) => {
        const starts_at = new Date(Date.parse(begins_at) + minute * 60_000).toISOString().replace('.000Z', 'Z');
        return { ...places[place], starts_at, day };
      }),
    ),
  );
  return slots.sort((one, other) => one.starts_at.localeCompare(other.starts_at));
}

/** A confirmed booking: `{ link, appointment, slot }`. `when` picks the slot. */
export async function book(api, { phone = PHONE, email = null, when = (slots) => slots[0], sms }) {
  const service = await perso(api);
  const slot = when(await freeSlots(api, service));
  const items = [{ service: service.slug, quantity: 1 }];
  const proof = solve(await api.post('/hold-challenges', {}));
  const hold = await api.post('/holds', { items, pool_id: slot.pool_id, starts_at: slot.starts_at, proof });
  const token = hold.token;
  const pending = await api.post(
    '/bookings',
    {
      hold_id: hold.id,
      name: 'Erika Exempel',
      address: 'Beispielweg 1, 12345 Musterstadt',
      phone,
      email,
      remark: null,
      language: 'de',
    },
    { token },
  );
  const text = await sms(phone, 'Ihr Code');
  const code = /Ihr Code: (\d{6})/.exec(text)[1];
  const booked = await api.post(`/bookings/${pending.booking_id}/verify`, { code }, { token });
  return { link: booked.link_token, appointment: booked.appointment, slot };
}

/** The token of a freshly enrolled device of an office. */
export async function enrol(api, admin, kind, office) {
  const created = await api.post(
    '/devices',
    { kind, name: `Probe ${kind}`, office_id: office.id, zone_ids: office.zones.map((it) => it.id) },
    { cookie: admin },
  );
  const { token } = await api.post('/devices/enrol', { code: created.enrolment_code });
  return token;
}

/** Takes a code to the terminal. */
export const checkIn = (api, terminal, code) =>
  api.post('/check-ins', { code, tap_key: crypto.randomUUID() }, { token: terminal });

/** What the page computes before a hold: digits whose hash with the challenge begins with enough zero bits. */
function solve({ challenge, difficulty }) {
  if (difficulty === 0) return null;
  for (let nonce = 0; ; nonce += 1) {
    const hash = createHash('sha256').update(`${challenge}:${nonce}`).digest();
    if (Math.clz32(hash.readUInt32BE(0)) >= difficulty) return { challenge, nonce: String(nonce) };
  }
}
