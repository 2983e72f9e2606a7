// A small town for the work surfaces: enough services and free times to drive the desk and operations without a backend.
import type * as T from '../../../src/shared/api/types';
import { json, problem } from './answers';
import { opsMock } from './ops';
import { staffMock } from './staff';

/** Monday, 10:16 in Berlin, as in the pictures the pages are held against. */
const START = Date.parse('2026-11-23T09:16:00Z');
const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();

const SERVICES: [slug: string, de: string, en: string, minutes: number, keywords: string[], online: 'no' | 'yes' | 'partly'][] = [
  ['personalausweis-beantragen', 'Personalausweis beantragen', 'Apply for an identity card', 15, ['Perso', 'Ausweis'], 'no'],
  ['personalausweis-abholen', 'Personalausweis abholen', 'Collect an identity card', 10, ['Perso abholen'], 'no'],
  ['reisepass-beantragen', 'Reisepass beantragen', 'Apply for a passport', 15, ['Pass'], 'no'],
  ['wohnsitz-anmelden', 'Wohnsitz anmelden', 'Register a residence', 15, ['Zuzug', 'Anmeldung'], 'partly'],
  ['wohnsitz-ummelden', 'Wohnsitz ummelden', 'Change a residence', 15, ['Umzug', 'Ummeldung'], 'yes'],
  ['meldebescheinigung', 'Meldebescheinigung', 'Certificate of residence', 10, [], 'yes'],
  ['bewohnerparkausweis', 'Bewohnerparkausweis', 'Resident’s parking permit', 10, ['Parken'], 'yes'],
  ['fuehrungszeugnis', 'Führungszeugnis beantragen', 'Certificate of conduct', 10, [], 'partly'],
  ['beglaubigung-kopien', 'Beglaubigung von Kopien', 'Certified copies', 10, ['Kopie'], 'no'],
  ['hund-anmelden', 'Hund anmelden', 'Register a dog', 5, ['Hundesteuer'], 'yes'],
  ['eheschliessung-anmelden', 'Eheschließung anmelden', 'Register a marriage', 35, ['Hochzeit'], 'no'],
];

export function workMock() {
  const born = Date.now();
  const now = () => START + (Date.now() - born);

  const zone = (letter: string, floor: string): T.Zone => ({ id: `z-${letter}`, letter, name: `Wartezone ${letter}`, floor, way: { de: floor, en: null } });
  const office = (slug: string, name: string, zones: T.Zone[]): T.Office => ({ id: `o-${slug}`, slug, name, street: 'Rathausplatz 1', postal_code: '12345', city: 'Musterstadt', level_access: true, zones });
  const offices = [office('rathaus', 'Bürgerbüro im Rathaus', [zone('A', 'Erdgeschoss'), zone('B', '1. Obergeschoss')]), office('nord', 'Stadtteilbüro Nord', [zone('N', 'Erdgeschoss')])];
  const town = (): T.Town => ({ slug: 'musterstadt', name: 'Musterstadt', languages: ['de', 'en'], zone: 'Europe/Berlin', phone_help: '115', demo: true, clock: { now: iso(now()), speed: 1, demo: true }, offices, sms_number: null, hold_minutes: 10, rejoin_minutes: 30 });

  const services = SERVICES.map(([slug, de, en, duration_min, keywords, possible]): T.Service => ({
    id: `s-${slug}`, slug, department_id: 'd-1', name: { de, en }, keywords, duration_min, fee_from_cents: null, free_of_charge: possible === 'yes', online: possible !== 'no', online_address: possible !== 'no', popular: duration_min === 15, appointment_only: false, bookable_from: null, bookable_until: null,
    documents: [{ de: 'bisheriger Ausweis oder Pass', en: 'previous identity card or passport' }, { de: 'Abrufcode für das Lichtbild', en: null }],
    fees: [], fee_note: null, online_how: { possible, text: null, url: possible === 'no' ? null : 'https://example.org/online' }, personal_appearance: true, proxy_allowed: false, max_quantity: 4, legal_basis: [], note: null, offices: [],
    fields: { name: 'required', address: 'not_asked', phone: 'required', email: 'not_asked', remark: 'optional', purposes: [] },
  }));

  function slots(query: URLSearchParams): T.SlotsAnswer {
    const first = query.get('from') ?? iso(now()).slice(0, 10);
    const days = Array.from({ length: Number(query.get('days') ?? 31) }, (_, n) => {
      const day = iso(Date.parse(`${first}T12:00:00Z`) + n * DAY).slice(0, 10);
      const open = ![0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay());
      const begins = Date.parse(`${day}T00:00:00+01:00`);
      const ahead = (minute: number) => open && begins + minute * 60_000 > now();
      const free = [
        { place: 0, minutes: [480, 700, 800].filter(ahead) },
        { place: 1, minutes: [880].filter(ahead) },
      ];
      return { day, begins_at: iso(begins), open, free };
    });
    const places = [0, 1].map((n) => {
      const at = offices[n] ?? offices[0];
      return { pool_id: `p-${n}`, office_id: at?.id ?? '', office_name: at?.name ?? '', duration_min: 15 };
    });
    return { duration_min: 15, places, days, horizon_day: iso(now() + 60 * DAY).slice(0, 10) };
  }

  const staff = staffMock({ now, town, services: () => services });
  const ops = opsMock({ now, role: staff.role });
  const demo: T.Demo = { surfaces: [], logins: ['desk', 'admin', 'ops'].map((role) => ({ role, login: role, password: 'lotse-demo' })), speed: 1, data_dir: '' };

  /** Answers a request to /api/v1/…, as the backend would. */
  return async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace(/^\/api\/v1/, '');
    if (path === '/town') return json(town());
    if (path === '/demo') return json(demo);
    if (path === '/services') return json({ departments: [], services } satisfies T.ServiceList);
    if (path === '/staff/slots') return json(slots(url.searchParams));
    const service = services.find((one) => path === `/services/${one.slug}`);
    if (service) return json(service);
    return (await staff.answer(request)) ?? (await ops(request)) ?? problem(404, 'not_found', `${path} gibt es nicht.`);
  };
}
