// The part of the stand-in backend that terminal, display and the demo's phone talk to. Speaks the contract's types.
// What the next requests run into is set by POST /api/v1/mock/devices.
import { dammDigit } from '../../../src/terminal/code';
import type * as T from '../../../src/shared/api/types';

const START = Date.parse('2026-11-23T09:07:00Z');
const born = Date.now();
const MINUTE = 60_000;

interface House {
  /** No answer at all, as a proxy tells it. */
  down: boolean;
  revoked: boolean;
  refusal: string | null;
  wait: T.WaitRange | null;
  notice: T.Text | null;
  calls: T.DisplayCall[];
  recent: T.DisplayCall[];
  /** The stream stays open but says nothing. */
  mute: boolean;
  upstairs: boolean;
  nowAdd: number;
  /** The times still free today. */
  times: string[];
  /** Somebody else is always faster. */
  taken: boolean;
}
let house: House;
const now = () => START + house.nowAdd + (Date.now() - born);
const iso = (at: number) => new Date(at).toISOString();
const clock = (): T.Clock => ({ now: iso(now()), speed: 1, demo: false });

export function call(digits: string, counter: string, ago = 0, fresh = false): T.DisplayCall {
  return {
    number: `B ${digits}`,
    letter: 'B',
    digits,
    counter,
    counter_name: `Platz ${counter}`,
    zone_letter: 'B',
    called_at: iso(START - ago * MINUTE),
    fresh,
  };
}
const fresh = (): House => ({
  down: false,
  revoked: false,
  refusal: null,
  wait: { low_min: 20, high_min: 30, long: false },
  notice: {
    de: 'Bitte Ausweis bereithalten. Fotoautomat am Ende des Flurs, 6,00 €.',
    en: 'Please have your identity card ready.',
  },
  calls: [call('011', '5', 1), call('010', '1', 3), call('009', '2', 6), call('007', '6', 9)],
  recent: [call('006', '3', 12), call('005', '4', 15), call('004', '5', 20), call('003', '1', 24)],
  mute: false,
  upstairs: false,
  nowAdd: 0,
  times: ['11:40', '13:20', '14:40'],
  taken: false,
});
house = fresh();

const zone = (letter: string, floor: string, de: string, en: string): T.Zone => ({
  id: `z-${letter}`,
  letter,
  name: `Wartebereich ${letter}`,
  floor,
  way: { de, en },
});
const zones: T.Zone[] = [
  zone('A', 'Erdgeschoss', 'Vom Eingang rechts, stufenlos', 'Right of the entrance, step-free'),
  zone('B', 'Erdgeschoss', 'Am Empfang links, stufenlos', 'Left at the reception, step-free'),
  zone('C', '1. OG', 'Mit dem Aufzug in den 1. Stock, dann rechts', 'Take the lift to the first floor, then right'),
  zone('D', '2. OG', 'Mit dem Aufzug in den 2. Stock, dann geradeaus', 'Take the lift to the second floor, then straight on'),
];
const office: T.Office = {
  id: 'o-rathaus',
  slug: 'rathaus',
  name: 'Rathaus Musterstadt',
  street: 'Rathausplatz 1',
  postal_code: '12345',
  city: 'Musterstadt',
  level_access: true,
  zones,
};
const device = (kind: T.Device['kind']): T.Device => ({
  id: `d-${kind}`,
  kind,
  name: kind === 'terminal' ? 'Foyer' : 'Wartebereich B',
  office,
  zones: zones.slice(1, 2),
  revoked: false,
  signing_key: '',
  self_service: null,
});

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } });

function problem(status: number, code: string, data: T.ProblemData | null = null): Response {
  const body: T.Problem = {
    type: 'about:blank',
    title: code,
    status,
    code,
    detail: { de: code },
    fields: [],
    request_id: 'mock',
    data,
  };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
}

const slot = (time: string): T.Slot => ({
  pool_id: 'p-1',
  office_id: office.id,
  office_name: office.name,
  starts_at: `2026-11-23T${time}:00+01:00`,
  ends_at: `2026-11-23T${time}:00+01:00`,
  day: '2026-11-23',
  time,
});

/** Minutes after midnight of "09:05". */
const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const slotsToday = (): T.SlotsAnswer => ({
  duration_min: 10,
  places: [{ pool_id: slot('').pool_id, office_id: slot('').office_id, office_name: slot('').office_name, duration_min: 10 }],
  days: [{ day: '2026-11-23', begins_at: '2026-11-22T23:00:00Z', open: true, free: [{ place: 0, minutes: house.times.map(minuteOf) }] }],
  horizon_day: '2027-01-20',
});

const popular = [
  'personalausweis-beantragen',
  'personalausweis-abholen',
  'reisepass-beantragen',
  'wohnsitz-anmelden',
  'wohnsitz-ummelden',
  'fuehrungszeugnis-beantragen',
  'meldebescheinigung',
];

function terminalView(): T.TerminalView {
  return {
    office,
    wait: house.wait,
    waiting: 6,
    appointment_only: false,
    closed: false,
    opens_next: null,
    let_in: [],
    outside: 0,
    free_today: ['11:40', '13:20', '14:40'].map(slot),
    services: popular.map((slug) => ({ slug, name: { de: slug }, popular: true })),
    generated_at: iso(now()),
  };
}

function checkIn(appointment: boolean): T.CheckIn {
  const there = zones[house.upstairs ? 2 : 1] ?? zone('B', 'Erdgeschoss', '', '');
  const ticket: T.Ticket = {
    visit_id: 'v-12',
    number: `${there.letter} 012`,
    letter: there.letter,
    digits: '012',
    state: 'waiting',
    zone: there,
    office_name: office.name,
    counter: null,
    called_at: null,
    arrived_at: iso(now()),
    appointment_at: appointment ? '2026-11-23T09:20:00Z' : null,
    ahead: 2,
    wait: { low_min: 10, high_min: 15, long: false },
    rejoin_until: null,
    outside: false,
    by_sms: true,
    generated_at: iso(now()),
  };
  return {
    ticket,
    ticket_token: 'mockticket1',
    greeting_name: null,
    timing: 'early',
    appointment_at: ticket.appointment_at,
    zone: there,
    wait: ticket.wait,
    language: 'de',
    already: false,
    next_link: '/t/7FQ2MKD9TR',
  };
}

function refuse(): Response {
  switch (house.refusal) {
    case 'check_in_code_unknown':
      return problem(404, house.refusal, { tries_left: 3 });
    case 'check_in_other_day':
      return problem(409, house.refusal, {
        starts_at: '2026-11-25T08:40:00Z',
        day: '2026-11-25',
        office_name: 'Bürgerbüro im Rathaus',
      });
    case 'check_in_other_office':
      return problem(409, house.refusal, {
        starts_at: '2026-11-23T10:40:00Z',
        office_name: 'Standesamt im Alten Schloss',
        street: 'Schlossgasse 4',
      });
    case 'check_in_expired':
      return problem(409, house.refusal, { starts_at: '2026-11-23T07:40:00Z' });
    case 'too_many_tries':
      return problem(429, house.refusal, { retry_at: iso(now() + 42_000) });
    default:
      return problem(409, house.refusal ?? 'check_in_cancelled');
  }
}

function displayView(): T.DisplayView {
  return {
    office: { id: office.id, name: 'Bürgerbüro' },
    zones: zones.slice(1, 2),
    calls: house.calls,
    recent: house.recent,
    let_in: [],
    outside: 0,
    waiting: 6,
    wait: house.wait,
    notice: house.notice,
    generated_at: iso(now()),
    clock: clock(),
  };
}

/** A snapshot now and one a second while the house is not mute. */
function stream(make: () => unknown): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = () => {
        if (house.down) controller.close();
        else if (!house.mute) controller.enqueue(encoder.encode(`data: ${JSON.stringify(make())}\n\n`));
      };
      send();
      timer = setInterval(() => {
        try {
          send();
        } catch {
          clearInterval(timer); // The reader went away.
        }
      }, 500);
    },
    cancel: () => clearInterval(timer),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

// ── the demo's phones ───────────────────────────────────────────────────────────────────────────────────────

const code = (seven: string) => `${seven.slice(0, 4)}-${seven.slice(4)}${dammDigit(seven)}`;
const phones = new Map<string, T.DemoMessage[]>();
let messages = 0;
function message(number: string, direction: T.DemoMessage['direction'], body: string, ago: number): void {
  const list = phones.get(number) ?? [];
  messages += 1;
  list.push({ id: `m-${messages}`, direction, body, at: iso(now() - ago * MINUTE), state: direction === 'to_phone' ? 'delivered' : 'received' });
  phones.set(number, list);
}
message('0171 3920012', 'to_phone', 'Ihr Code für die Buchung: 418 302 lautet 418302. Er gilt 10 Minuten. Stadt Musterstadt', 1500);
message(
  '0171 3920012',
  'to_phone',
  `Termin bestätigt: Mo 23.11. 10:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code ${code('4829137')}. Absagen: Antwort STORNO. t.musterstadt.example/t/7FQ2MKD9TR`,
  1498,
);
message('0171 3920012', 'to_phone', 'Erinnerung: morgen 10:20 Uhr, Bürgerbüro, Rathausplatz 1. Absagen: Antwort STORNO.', 1200);
message('0171 3920012', 'from_phone', 'DA', 12);
message('0171 3920012', 'to_phone', 'Sie sind angemeldet: Nr. B012, Wartebereich B, Erdgeschoss. Etwa 10–15 Min.', 12);
message('0171 3920012', 'to_phone', 'Nr. B012: Bitte jetzt zu Platz 3.', 1);
message('0171 3920045', 'to_phone', 'Ihr Code für die Buchung: 771204. Er gilt 10 Minuten. Stadt Musterstadt', 5);
message('0171 3920077', 'to_phone', 'Termin abgesagt: Di 24.11. 9:00 Uhr. Neuer Termin: t.musterstadt.example', 340);

const phoneList = (): T.DemoPhone[] =>
  [...phones]
    .map(([number, list]) => ({ number, last_at: list.at(-1)?.at ?? '', preview: list.at(-1)?.body ?? '', unread: 0 }))
    .sort((a, b) => b.last_at.localeCompare(a.last_at));
const plain = (number: string) => number.replace(/\D/g, '');
const listOf = (number: string) => [...phones].find(([known]) => plain(known) === plain(number));

async function phone(method: string, path: string, request: Request): Promise<Response | null> {
  if (path === '/demo/phones') return json(phoneList());
  if (path === '/demo/phones/live') return stream(() => ({ numbers: phoneList() }));
  const one = /^\/demo\/phones\/([^/]+)(\/reply)?$/.exec(path);
  if (!one) return null;
  const number = decodeURIComponent(one[1] ?? '');
  const known = listOf(number);
  if (!one[2]) return json(known?.[1] ?? []);
  if (method !== 'POST') return null;
  const { body } = (await request.json()) as { body: string };
  message(known?.[0] ?? number, 'from_phone', body, 0);
  if (/storno/i.test(body)) message(known?.[0] ?? number, 'to_phone', 'Ihr Termin ist abgesagt. Schönen Tag!', 0);
  return new Response('{}', { status: 202, headers: { 'content-type': 'application/json' } });
}

/** Answers what belongs to devices and the demo; null for everything else. */
export async function handle(request: Request): Promise<Response | null> {
  const path = new URL(request.url).pathname.replace(/^\/api\/v1/, '');
  const route = `${request.method} ${path}`;
  if (route === 'POST /mock/devices') {
    const change = (await request.json()) as Partial<House> & { reset?: boolean };
    house = { ...(change.reset ? fresh() : house), ...change };
    return json({});
  }
  if (house.down) return problem(503, 'unavailable');
  if (path.startsWith('/demo/phones')) return phone(request.method, path, request);
  if (path === '/town') return null;
  const authorised = request.headers.get('authorization')?.startsWith('Bearer ') === true && !house.revoked;
  switch (route) {
    case 'POST /devices/enrol': {
      const { code: typed } = (await request.json()) as { code: string };
      if (typed === 'K7Q4-M2PX') return json({ token: 'mock-terminal', device: device('terminal') }, 201);
      if (typed === 'D7Q4-M2PX') return json({ token: 'mock-display', device: device('display') }, 201);
      return problem(404, 'enrolment_code_unknown');
    }
    case 'GET /device':
      return authorised ? json(device('terminal')) : problem(401, 'device_revoked');
    case 'GET /terminal':
      return authorised ? json(terminalView()) : problem(401, 'device_revoked');
    case 'POST /check-ins':
      if (!authorised) return problem(401, 'device_revoked');
      return house.refusal === null ? json(checkIn(true)) : refuse();
    case 'POST /check-ins/slots':
      return authorised ? json(slotsToday()) : problem(401, 'device_revoked');
    case 'POST /check-ins/move':
      if (!authorised) return problem(401, 'device_revoked');
      return house.taken ? problem(409, 'slot_taken') : json({ ...checkIn(true), appointment_at: slot('13:20').starts_at });
    case 'POST /tickets':
      return json(checkIn(false), 201);
    case 'POST /check-ins/lost-code':
      return json({}, 202);
    case 'GET /display/live':
      return authorised ? stream(displayView) : problem(401, 'device_revoked');
    case 'GET /slots':
      return json(slotsToday());
    default:
      return null;
  }
}

/** The town's clock of this part; the other part keeps its own. */
export const townClock = clock;
