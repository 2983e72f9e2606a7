// The staff side of the stand-in backend: one office with six counters, a morning's queue, a few devices and accounts.
// Calls, visits and arrivals change it as the real rules would, as far as pages need to show it.
import type { components } from '../../../src/shared/api/schema';
import type * as T from '../../../src/shared/api/types';
import { json, nothing, problem } from './answers';

type Schemas = components['schemas'];

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const PASSWORD = 'lotse-demo';

interface World {
  now: () => number;
  town: () => T.Town;
  services: () => T.Service[];
}

interface Session {
  ticket: string;
  from: number;
  to: number | null;
  service: T.Text;
}

type Handler = (request: Request, id: string) => Response | Promise<Response>;

const ACCOUNTS: T.StaffRow[] = [
  { id: 'u-desk', login: 'desk', name: 'Vorlage, Kim', role: 'desk', active: true, last_seen_at: null },
  { id: 'u-desk2', login: 'desk2', name: 'Normal, Sascha', role: 'desk', active: true, last_seen_at: null },
  { id: 'u-admin', login: 'admin', name: 'Modell, Robin', role: 'admin', active: true, last_seen_at: null },
  { id: 'u-ops', login: 'ops', name: 'Beispiel, Chris', role: 'ops', active: true, last_seen_at: null },
  { id: 'u-old', login: 'probe', name: 'Probe, Toni', role: 'desk', active: false, last_seen_at: '2026-03-02T09:00:00Z' },
];

export function staffMock(world: World) {
  const { now } = world;
  const started = now();
  const at = (minutes: number) => iso(started + minutes * MINUTE);
  const office = (): T.OfficeRef => {
    const first = world.town().offices[0];
    return { id: first?.id ?? 'o', name: first?.name ?? 'Bürgerbüro im Rathaus' };
  };
  const serviceName = (slug: string): T.Text => world.services().find((s) => s.slug === slug)?.name ?? { de: slug };
  const item = (service: string, quantity = 1): T.Item => ({ service, quantity, name: serviceName(service) });

  let signedIn: T.StaffRow | null = null;
  let myCounter: string | null = null;
  let failures = 0;
  let throttledUntil = 0;
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((tell) => tell());

  // ── the office at 10:16 ───────────────────────────────────────────────────────────────────────────────────

  const counters: T.Counter[] = [1, 2, 3, 4, 5, 6].map((n) => ({
    id: `c-${n}`,
    name: `Platz ${n}`,
    number: String(n),
    office: office(),
    pool_id: 'p-1',
    department: { de: 'Bürgerbüro', en: 'Citizens’ office' },
    zone_letter: n === 6 ? 'A' : 'B',
    state: n === 4 ? 'paused' : n === 3 ? 'closed' : 'serving',
    staff_name: n === 3 ? null : (['Muster', 'Probe', '', 'Exempel', 'Platzhalter', 'Beispiel'][n - 1] ?? null),
  }));

  function visit(number: string, name: string | null, service: string, parts: Partial<T.Visit> = {}): T.Visit {
    const [letter = 'B', digits = '000'] = number.split(' ');
    const found = world.services().find((s) => s.slug === service);
    return {
      id: `v-${digits}`,
      number,
      letter,
      digits,
      state: 'waiting',
      name,
      items: [item(service)],
      people: 1,
      appointment_at: null,
      arrived_at: at(-8),
      waited_min: 8,
      due_at: at(4),
      called_at: null,
      calls: 0,
      started_at: null,
      planned_min: found?.duration_min ?? 10,
      counter: null,
      language: 'de',
      sms: true,
      notified: 'none',
      documents: (found?.documents ?? []).slice(0, 3),
      remark: null,
      parked_because: null,
      notes: [],
      wished_counter: null,
      may_call: true,
      outside: false,
      ...parts,
    };
  }

  let visits: T.Visit[] = [
    visit('B 012', 'Mustermann, Erika', 'reisepass-beantragen', { appointment_at: at(4), arrived_at: at(-8), due_at: at(4) }),
    visit('B 014', 'Beispiel, Ayşe', 'personalausweis-beantragen', { appointment_at: at(9), arrived_at: at(-5), due_at: at(9), people: 2, items: [item('personalausweis-beantragen', 2)] }),
    visit('B 008', 'Exempel, Jan', 'bewohnerparkausweis', { arrived_at: at(-24), due_at: at(16), sms: false }),
    visit('B 015', 'Muster, Karl', 'fuehrungszeugnis', { appointment_at: at(19), arrived_at: at(-3), due_at: at(19) }),
    visit('B 013', 'Zrazok, Olena', 'wohnsitz-anmelden', { arrived_at: at(-6), due_at: at(34), language: 'uk', notified: 'failed' }),
    visit('B 016', null, 'beglaubigung-kopien', { arrived_at: at(-1), due_at: at(39), may_call: false, sms: false }),
    visit('B 005', 'Platzhalter, Uli', 'wohnsitz-ummelden', { state: 'parked', arrived_at: at(-40), due_at: at(-20) }),
    visit('A 011', 'Specimen, Ida', 'meldebescheinigung', { state: 'missed', arrived_at: at(-35), due_at: at(-15), called_at: at(-9), calls: 2 }),
  ];

  const appointment = (id: string, minutes: number, name: string, service: string, planned: number): T.Expected => ({
    booking_id: id,
    starts_at: at(minutes),
    name,
    items: [item(service)],
    planned_min: planned,
    late_min: minutes < 0 ? -minutes : null,
    notified: 'sent',
  });
  let expected: T.Expected[] = [
    appointment('b-1', -11, 'Örnek, Deniz', 'personalausweis-abholen', 10),
    appointment('b-2', 24, 'Normal, Otto', 'reisepass-beantragen', 15),
    appointment('b-3', 29, 'Probe, Leyla', 'wohnsitz-ummelden', 15),
    appointment('b-4', 34, 'Platzhalter, Ben', 'hund-anmelden', 5),
    ...Array.from({ length: 56 }, (_, n) => {
      const service = ['reisepass-beantragen', 'personalausweis-beantragen', 'wohnsitz-ummelden', 'bewohnerparkausweis', 'eheschliessung-anmelden'][n % 5] ?? '';
      const family = n % 5 === 4;
      const name = ['Mithal', 'Mau', 'Muster', 'Beispiel', 'Wzór', 'Primer', 'Exemple'][n % 7] ?? 'Muster';
      return appointment(`b-${n + 5}`, 40 + n * 5 + (n > 15 ? 60 : 0), `${name}, ${['Samir', 'Linh', 'Petra', 'Ole'][n % 4]}`, service, family ? 35 : 15);
    }),
  ];

  const running: Record<string, { ticket: string; service: string; since: number; planned: number }> = {
    'c-1': { ticket: 'B 010', service: 'meldebescheinigung', since: -3, planned: 10 },
    'c-2': { ticket: 'B 009', service: 'personalausweis-abholen', since: -7, planned: 15 },
    'c-5': { ticket: 'B 011', service: 'wohnsitz-ummelden', since: -1, planned: 15 },
    'c-6': { ticket: 'B 007', service: 'eheschliessung-anmelden', since: -38, planned: 35 },
  };
  let emergencies: T.Emergency[] = [];
  let session: Session | null = null;
  const finished: Record<string, Session[]> = {};
  for (const [n, counter] of counters.entries()) {
    let minute = -136 + (n % 3) * 5 + (n === 4 ? 60 : 0);
    finished[counter.id] = [];
    for (let i = 0; minute < -45 + (n === 3 ? -5 : 0); i++) {
      const length = 8 + ((i * 7 + n * 5) % 20);
      finished[counter.id]?.push({ ticket: `${i % 2 ? 'A' : 'B'} ${String(i * 6 + n + 1).padStart(3, '0')}`, from: minute, to: minute + length, service: serviceName('personalausweis-beantragen') });
      minute += length + ((i + n) % 3) * 4;
    }
  }

  // ── views ─────────────────────────────────────────────────────────────────────────────────────────────────

  const counterRef = (id: string): T.CounterRef => {
    const found = counters.find((one) => one.id === id);
    return { id, name: found?.name ?? id, number: found?.number ?? '' };
  };
  const me = (row: T.StaffRow): T.StaffMe => ({
    id: row.id,
    login: row.login,
    name: row.name,
    role: row.role,
    office: row.role === 'ops' ? null : office(),
    counter: myCounter ? counterRef(myCounter) : null,
  });
  const aged = (one: T.Visit): T.Visit => ({ ...one, waited_min: Math.floor((now() - Date.parse(one.arrived_at)) / MINUTE) });
  const inState = (...states: T.TicketState[]) => visits.filter((one) => states.includes(one.state)).map(aged);
  const current = () => inState('called', 'serving').find((one) => one.counter?.id === myCounter) ?? null;
  const due = (a: T.Visit, b: T.Visit) => a.due_at.localeCompare(b.due_at);

  function proposal(): T.NextProposal | null {
    const first = inState('waiting').sort(due).find((one) => one.may_call);
    if (!first) return null;
    const clock = new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    const dueTime = clock.format(new Date(first.due_at));
    const early = Math.round((Date.parse(first.due_at) - now()) / MINUTE);
    const longer = inState('waiting').find((one) => one.may_call && one.id !== first.id && one.arrived_at < first.arrived_at);
    const reasons: T.Reason[] = [
      { code: 'earliest_due', text: { de: `Früheste Fälligkeit: ${dueTime} Uhr`, en: `Earliest due time: ${dueTime}` } },
    ];
    if (early > 0) {
      reasons.push({ code: 'early_no_harm', minutes: early, text: { de: `${early} Minuten früher: niemand kommt dadurch über seine Zeit`, en: `${early} minutes early: nobody passes their time because of it` } });
    }
    if (longer) {
      const at = clock.format(new Date(longer.due_at));
      reasons.push({ code: 'walk_in_waited_longest', text: { de: `${longer.number} wartet länger, ist aber erst um ${at} Uhr fällig`, en: `${longer.number} has waited longer but is due only at ${at}` } });
    }
    return { visit: first, reasons };
  }

  function seats(): T.Seat[] {
    return counters.map((counter): T.Seat => {
      const base = { counter_id: counter.id, name: counter.name, mine: counter.id === myCounter };
      const own = counter.id === myCounter ? current() : null;
      if (own) {
        const since = own.started_at ?? own.called_at ?? iso(now());
        return { ...base, state: own.state === 'serving' ? 'serving' : 'calling', ticket: own.number, service: own.items[0]?.name ?? null, since, planned_min: own.planned_min };
      }
      const other = running[counter.id];
      if (other) return { ...base, state: 'serving', ticket: other.ticket, service: serviceName(other.service), since: at(other.since), planned_min: other.planned };
      return { ...base, state: counter.state, ticket: null, service: null, since: counter.state === 'closed' ? null : at(-2), planned_min: null };
    });
  }

  function queue(): T.QueueView {
    const open = expected.map((one) => ({ ...one, late_min: Date.parse(one.starts_at) < now() ? Math.floor((now() - Date.parse(one.starts_at)) / MINUTE) : null }));
    const busy = current();
    return {
      office: office(),
      generated_at: iso(now()),
      clock: world.town().clock,
      my_counter: myCounter ? counterRef(myCounter) : null,
      current: busy,
      next: busy ? null : proposal(),
      seats: seats(),
      here: inState('waiting').sort(due),
      late: open.filter((one) => one.late_min !== null),
      expected: open.filter((one) => one.late_min === null),
      wait_walk_in: { low_min: 20, high_min: 30, long: false },
      wait_appointment: { low_min: 0, high_min: 5, long: false },
      missed: inState('missed'),
      parked: inState('parked'),
      emergencies,
    };
  }

  function dayView(day: string): T.DayView {
    const today = iso(started).slice(0, 10);
    if (![0, 1].includes(Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000))) {
      return { day, office: office(), bookings: [], counters: [], capacity: [] };
    }
    const shift = day === today ? 0 : 86_400_000;
    const moved = (instant: string) => iso(Date.parse(instant) + shift);
    const seen: T.DayBooking[] = shift
      ? []
      : [...visits.filter((one) => one.appointment_at)].map((one) => ({ booking_id: `bv-${one.id}`, starts_at: one.appointment_at ?? at(0), ends_at: iso(Date.parse(one.appointment_at ?? at(0)) + one.planned_min * MINUTE), name: one.name ?? '', state: 'arrived', items: one.items, number: one.number }));
    const bookings: T.DayBooking[] = expected.map((one) => ({ booking_id: one.booking_id, starts_at: moved(one.starts_at), ends_at: moved(iso(Date.parse(one.starts_at) + one.planned_min * MINUTE)), name: one.name, state: 'booked', items: one.items, number: null }));
    const midnight = Date.parse(`${day}T00:00:00+01:00`);
    const capacity = Array.from({ length: 96 }, (_, tick) => {
      const starts = midnight + (480 + tick * 5) * MINUTE;
      const lunch = tick >= 48 && tick < 60;
      const used = bookings.filter((one) => Date.parse(one.starts_at) <= starts && Date.parse(one.ends_at) > starts).length;
      return { starts_at: iso(starts), ends_at: iso(starts + 5 * MINUTE), public: lunch ? 2 : 5, staff: lunch ? 2 : 6, used: Math.min(used, lunch ? 2 : 6) };
    });
    return {
      day,
      office: office(),
      bookings: [...seen, ...bookings].sort((a, b) => a.starts_at.localeCompare(b.starts_at)),
      counters: shift
        ? []
        : counters.map((counter) => {
            const other = running[counter.id];
            const all = [...(finished[counter.id] ?? []), ...(other ? [{ ticket: other.ticket, from: other.since, to: null, service: serviceName(other.service) }] : []), ...(counter.id === myCounter && session ? [session] : [])];
            return { name: counter.name, sessions: all.map((one) => ({ ticket: one.ticket, starts_at: at(one.from), ends_at: one.to === null ? null : at(one.to), service: one.service })) };
          }),
      capacity,
    };
  }

  // ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────────

  function change(id: string, from: T.TicketState[], parts: (one: T.Visit) => Partial<T.Visit>): Response {
    const found = visits.find((one) => one.id === id);
    if (!found) return problem(404, 'not_found', 'Das gibt es nicht.');
    if (!from.includes(found.state)) return problem(409, 'not_possible_now', 'Das geht gerade nicht.', { data: { state: found.state } });
    const after = { ...found, ...parts(found) };
    visits = visits.map((one) => (one.id === id ? after : one));
    changed();
    return json(aged(after));
  }

  function call(id: string): Response {
    if (current()) return problem(409, 'counter_busy', 'An Ihrem Platz ist noch jemand.');
    return change(id, ['waiting'], (one) => ({ state: 'called', called_at: iso(now()), calls: one.calls + 1, counter: myCounter ? counterRef(myCounter) : null, notified: one.sms ? 'sent' : 'none' }));
  }

  function finish(id: string): Response {
    if (session) session.to = Math.round((now() - started) / MINUTE) + 1;
    if (session && myCounter) finished[myCounter]?.push(session);
    session = null;
    return change(id, ['called', 'serving'], () => ({ state: 'done', counter: null }));
  }

  function start(id: string): Response {
    const found = visits.find((one) => one.id === id);
    session = { ticket: found?.number ?? '', from: Math.round((now() - started) / MINUTE), to: null, service: found?.items[0]?.name ?? { de: '' } };
    return change(id, ['called'], () => ({ state: 'serving', started_at: iso(now()) }));
  }

  /** Sent on to another zone there is a new number. */
  async function transfer(request: Request, id: string): Promise<Response> {
    const { pool_id, confirmed } = (await request.json()) as { pool_id?: string; confirmed?: boolean };
    if (pool_id === 'p-2' && !confirmed) return problem(409, 'nobody_serves', 'Dort bedient gerade niemand.');
    const found = visits.find((one) => one.id === id);
    const moved = pool_id === 'p-2' ? { number: 'A 021', letter: 'A', digits: '021', id: 'v-a021' } : {};
    const gone = change(id, ['waiting', 'called', 'serving'], () => ({ state: 'waiting', counter: null, may_call: false, ...moved }));
    return found ? gone : problem(404, 'not_found', 'Das gibt es nicht.');
  }

  async function note(request: Request, id: string): Promise<Response> {
    const { text } = (await request.json()) as { text: string };
    return change(id, ['waiting', 'called', 'serving', 'parked', 'missed'], (one) => ({ notes: [...one.notes, { text, by: signedIn?.name ?? null, written_at: iso(now()) }] }));
  }

  async function grant(request: Request, id: string): Promise<Response> {
    const { minutes } = (await request.json()) as { minutes: number };
    return change(id, ['waiting'], (one) => ({ due_at: iso(Date.parse(one.due_at) - minutes * MINUTE) }));
  }

  function raise(): Response {
    const known = emergencies.find((one) => one.mine);
    const raised = known ?? { id: 'e-1', counter: myCounter ? counterRef(myCounter).name : null, by: signedIn?.name ?? null, mine: true, raised_at: iso(now()), ended_at: null, answers: [], answered: false };
    if (!known) emergencies = [...emergencies, raised];
    changed();
    return json(raised);
  }

  function endEmergency(id: string): Response {
    const found = emergencies.find((one) => one.id === id);
    emergencies = emergencies.filter((one) => one !== found);
    changed();
    return found ? json({ ...found, ended_at: iso(now()) }) : problem(404, 'not_found', 'Das gibt es nicht.');
  }

  function arrive(id: string): Response {
    const found = expected.find((one) => one.booking_id === id);
    if (!found) return problem(404, 'not_found', 'Das gibt es nicht.');
    expected = expected.filter((one) => one !== found);
    const number = `B ${String(17 + visits.length - 8).padStart(3, '0')}`;
    const here = visit(number, found.name, found.items[0]?.service ?? '', { appointment_at: found.starts_at, arrived_at: iso(now()), due_at: found.starts_at, planned_min: found.planned_min });
    visits = [...visits, here];
    changed();
    return json(aged(here));
  }

  function drop(id: string): Response {
    expected = expected.filter((one) => one.booking_id !== id);
    changed();
    return nothing();
  }

  async function signIn(request: Request): Promise<Response> {
    const { login, password } = (await request.json()) as Schemas['SignIn'];
    if (throttledUntil > now()) return problem(429, 'sign_in_throttled', 'Zu viele Versuche.', { data: { retry_at: iso(throttledUntil) } });
    const row = ACCOUNTS.find((one) => one.login === login && one.active);
    if (!row || password !== PASSWORD) {
      failures += 1;
      if (failures % 4 === 0) throttledUntil = now() + 60_000;
      return problem(401, 'wrong_credentials', 'Anmeldename oder Passwort stimmt nicht.');
    }
    failures = 0;
    signedIn = row;
    row.last_seen_at = iso(now());
    return json(me(row));
  }

  function openCounter(id: string): Response {
    const found = counters.find((one) => one.id === id);
    if (!found || !signedIn) return problem(404, 'not_found', 'Das gibt es nicht.');
    if (found.staff_name && found.staff_name !== signedIn.name) return problem(409, 'counter_taken', 'Der Platz ist besetzt.', { data: { staff_name: found.staff_name } });
    for (const one of counters) if (one.id === myCounter) Object.assign(one, { state: 'closed', staff_name: null });
    Object.assign(found, { state: 'free', staff_name: signedIn.name });
    myCounter = id;
    changed();
    return json(me(signedIn));
  }

  async function book(request: Request): Promise<Response> {
    const wish = (await request.json()) as Schemas['CallerBookingRequest'];
    const fields: T.FieldProblem[] = [];
    if (!wish.name.trim()) fields.push({ field: 'name', code: 'required', detail: { de: 'Bitte ausfüllen.' } });
    if (wish.phone && !/^(0|\+?49)1[5-7]/.test(wish.phone.replace(/\D/g, ''))) fields.push({ field: 'phone', code: 'not_mobile', detail: { de: 'Das ist keine Mobilnummer.' } });
    if (fields.length) return problem(422, 'invalid_fields', 'Bitte prüfen Sie die Angaben.', { fields });
    if (wish.remark === 'vergeben') return problem(409, 'slot_taken', 'Der Termin ist vergeben.', { data: { nearest: [] } });
    const first = world.services().find((one) => one.slug === wish.items[0]?.service);
    const place = world.town().offices[0];
    const appointment: T.Appointment = {
      id: 'a-new', state: 'booked', rev: 1, starts_at: wish.starts_at, ends_at: iso(Date.parse(wish.starts_at) + 15 * MINUTE), day: wish.starts_at.slice(0, 10),
      office: { id: place?.id ?? '', name: place?.name ?? '', street: place?.street ?? '', postal_code: place?.postal_code ?? '', city: place?.city ?? '' },
      zone: place?.zones[1] ?? null, items: wish.items.map((one) => item(one.service, one.quantity)), documents: first?.documents ?? [], fees: first?.fees.map((fee) => ({ ...fee, service: first.name })) ?? [],
      check_in_code: '4829-1376', check_in_from: wish.starts_at, name: wish.name, sent_to: wish.phone ? '0171 •••••42' : '', language: wish.language, may_cancel: true, may_move: true, may_check_in: false, foyer_code: true, reminder_at: null, ticket: null,
    };
    return json({ appointment }, 201);
  }

  async function moveBooking(request: Request, id: string): Promise<Response> {
    const { starts_at } = (await request.json()) as Schemas['MoveRequest'];
    const known = expected.find((one) => one.booking_id === id);
    if (!known) return problem(409, 'not_movable', 'Dieser Termin kann nicht mehr verschoben werden.', { data: { state: 'arrived' } });
    known.starts_at = starts_at;
    changed();
    return json({ id, starts_at, sent_to: '0171 •••••42' });
  }

  // ── administration ────────────────────────────────────────────────────────────────────────────────────────

  let devices: T.DeviceRow[] = [
    { id: 'd-1', kind: 'terminal', name: 'Terminal Foyer', office: office(), state: 'active', enrolled_at: at(-60_000), last_seen_at: at(-0.2), zones: [], silent: false, guesses: null, self_service: null },
    { id: 'd-2', kind: 'display', name: 'Anzeige Wartezone B', office: office(), state: 'active', enrolled_at: at(-60_000), last_seen_at: at(-0.1), zones: ['B'], silent: false, guesses: null, self_service: null },
    { id: 'd-3', kind: 'display', name: 'Anzeige Wartezone A', office: office(), state: 'awaiting', enrolled_at: null, last_seen_at: null, zones: ['A'], silent: false, guesses: null, self_service: null },
    { id: 'd-4', kind: 'terminal', name: 'Terminal alt', office: office(), state: 'revoked', enrolled_at: at(-900_000), last_seen_at: at(-40_000), zones: [], silent: false, guesses: null, self_service: null },
  ];
  const code = (): T.EnrolmentCode => ({ enrolment_code: 'K7Q4-M2PX', expires_at: iso(now() + 15 * MINUTE) });

  async function addDevice(request: Request): Promise<Response> {
    const wish = (await request.json()) as Schemas['NewDeviceRequest'];
    if (!wish.name.trim()) return problem(422, 'invalid_fields', 'Bitte prüfen Sie die Angaben.', { fields: [{ field: 'name', code: 'required', detail: { de: 'Bitte ausfüllen.' } }] });
    const letters = world.town().offices.flatMap((one) => one.zones).filter((zone) => wish.zone_ids.includes(zone.id)).map((zone) => zone.letter);
    const device: T.DeviceRow = { id: `d-${devices.length + 1}`, kind: wish.kind, name: wish.name, office: office(), state: 'awaiting', enrolled_at: null, last_seen_at: null, zones: letters, silent: false, guesses: null, self_service: null };
    devices = [...devices, device];
    return json({ device, ...code() }, 201);
  }

  async function addStaff(request: Request): Promise<Response> {
    const wish = (await request.json()) as Schemas['NewStaff'];
    if (ACCOUNTS.some((one) => one.login === wish.login)) return problem(409, 'login_taken', 'Der Anmeldename ist vergeben.');
    const row: T.StaffRow = { id: `u-${wish.login}`, login: wish.login, name: wish.name, role: wish.role, active: true, last_seen_at: null };
    ACCOUNTS.push(row);
    return json(row, 201);
  }

  // ── the table ─────────────────────────────────────────────────────────────────────────────────────────────

  const routes: [string, RegExp, Handler][] = [
    ['GET', /^\/staff\/me$/, () => (signedIn ? json(me(signedIn)) : problem(401, 'unauthorized', 'Bitte melden Sie sich an.'))],
    ['POST', /^\/staff\/sign-out$/, () => ((signedIn = null), nothing())],
    ['GET', /^\/counters$/, () => json(counters)],
    ['POST', /^\/counters\/(.+)\/open$/, (_, id) => openCounter(id)],
    ['POST', /^\/counters\/(.+)\/close$/, (_, id) => {
      for (const one of counters) if (one.id === id) Object.assign(one, { state: 'closed', staff_name: null });
      myCounter = null;
      changed();
      return signedIn ? json(me(signedIn)) : nothing();
    }],
    ['POST', /^\/counters\/(.+)\/pause$/, async (request, id) => {
      const { paused } = (await request.json()) as { paused: boolean };
      for (const one of counters) if (one.id === id) one.state = paused ? 'paused' : 'free';
      changed();
      return signedIn ? json(me(signedIn)) : nothing();
    }],
    ['GET', /^\/queue$/, () => json(queue())],
    ['GET', /^\/queue\/live$/, () => stream()],
    ['POST', /^\/queue\/call-next$/, () => {
      const next = proposal();
      return next ? call(next.visit.id) : problem(409, 'nobody_waiting', 'Es wartet niemand.');
    }],
    ['POST', /^\/visits\/(.+)\/call$/, (_, id) => call(id)],
    ['POST', /^\/visits\/(.+)\/transfer$/, transfer],
    ['POST', /^\/visits\/(.+)\/notes$/, note],
    ['POST', /^\/visits\/(.+)\/grant$/, grant],
    ['POST', /^\/emergencies$/, () => raise()],
    ['POST', /^\/emergencies\/(.+)\/end$/, (_, id) => endEmergency(id)],
    ['POST', /^\/staff\/search$/, () => json({ bookings: [], more: false })],
    ['POST', /^\/visits\/(.+)\/recall$/, (_, id) => change(id, ['called', 'serving'], (one) => ({ calls: one.calls + 1, called_at: iso(now()) }))],
    ['POST', /^\/visits\/(.+)\/put-back$/, (_, id) => change(id, ['called'], (one) => ({ state: 'waiting', counter: null, calls: one.calls - 1 }))],
    ['POST', /^\/visits\/(.+)\/leave$/, (_, id) => change(id, ['waiting', 'parked', 'missed'], () => ({ state: 'left' }))],
    ['POST', /^\/visits\/(.+)\/start$/, (_, id) => start(id)],
    ['POST', /^\/visits\/(.+)\/finish$/, (_, id) => finish(id)],
    ['POST', /^\/visits\/(.+)\/missed$/, (_, id) => change(id, ['called', 'serving'], () => ({ state: 'missed', counter: null }))],
    ['POST', /^\/visits\/(.+)\/park$/, (_, id) => change(id, ['waiting', 'called', 'serving'], () => ({ state: 'parked', counter: null }))],
    ['POST', /^\/visits\/(.+)\/(?:resume|rejoin)$/, (_, id) => change(id, ['parked', 'missed'], () => ({ state: 'waiting', counter: null, started_at: null }))],
    ['POST', /^\/bookings\/(.+)\/check-in$/, (_, id) => arrive(id)],
    ['POST', /^\/bookings\/(.+)\/(?:no-show|cancel)$/, (_, id) => drop(id)],
    ['POST', /^\/bookings\/(.+)\/move$/, moveBooking],
    ['GET', /^\/day$/, (request) => json(dayView(new URL(request.url).searchParams.get('day') ?? iso(now()).slice(0, 10)))],
    ['POST', /^\/staff\/bookings$/, book],
    ['GET', /^\/devices$/, () => json(devices)],
    ['POST', /^\/devices$/, addDevice],
    ['POST', /^\/devices\/(.+)\/new-code$/, (_, id) => {
      devices = devices.map((one) => (one.id === id ? { ...one, state: 'awaiting' } : one));
      return json(code());
    }],
    ['POST', /^\/devices\/(.+)\/revoke$/, (_, id) => {
      devices = devices.map((one) => (one.id === id ? { ...one, state: 'revoked' } : one));
      return json(devices.find((one) => one.id === id));
    }],
    ['GET', /^\/staff$/, () => json(ACCOUNTS)],
    ['POST', /^\/staff$/, addStaff],
    ['POST', /^\/staff\/(.+)\/deactivate$/, (_, id) => {
      const row = ACCOUNTS.find((one) => one.id === id);
      if (row) row.active = false;
      return row ? json(row) : problem(404, 'not_found', 'Das gibt es nicht.');
    }],
  ];

  const open = new Set(['/staff/me', '/staff/sign-in']);
  const adminOnly = /^\/(devices|staff)(\/|$)/;

  function stream(): Response {
    const encoder = new TextEncoder();
    let send = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = () => controller.enqueue(encoder.encode(`data: ${JSON.stringify(queue())}\n\n`));
        send();
        listeners.add(send);
      },
      cancel: () => void listeners.delete(send),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  }

  const role = (): T.Role | null => signedIn?.role ?? null;

  /** The answer, or null when the address is not ours. POST /mock/… sets up situations for pictures and tests. */
  async function answer(request: Request): Promise<Response | null> {
    const path = new URL(request.url).pathname.replace(/^\/api\/v1/, '');
    if (request.method === 'POST' && path === '/mock/session-ends') return (signedIn = null), nothing();
    if (request.method === 'POST' && path === '/mock/nobody') {
      visits = [];
      expected = expected.filter((one) => Date.parse(one.starts_at) > now());
      changed();
      return nothing();
    }
    if (request.method === 'POST' && path === '/staff/sign-in') return signIn(request);
    for (const [method, pattern, handle] of routes) {
      const found = request.method === method ? pattern.exec(path) : null;
      if (!found) continue;
      if (!open.has(path) && !signedIn) return problem(401, 'unauthorized', 'Bitte melden Sie sich an.');
      const staffOwn = path.startsWith('/staff/bookings') || path.startsWith('/staff/sign-out') || path === '/staff/search' || open.has(path);
      if (adminOnly.test(path) && !staffOwn && signedIn?.role !== 'admin') return problem(403, 'forbidden', 'Dazu fehlt die Berechtigung.');
      return handle(request, found[1] ?? '');
    }
    return null;
  }

  return { answer, role };
}
