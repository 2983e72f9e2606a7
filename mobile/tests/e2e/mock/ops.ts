// The operations side of the stand-in backend: an hour of traffic and some two hundred messages in every state.
import type * as T from '../../../src/shared/api/types';
import { json, problem } from './answers';

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const KINDS = ['verification_code', 'booking_confirmed', 'queue_called', 'reminder', 'queue_missed', 'booking_cancelled'];
const PAGE = 25;

export function opsMock(world: { now: () => number; role: () => T.Role | null }) {
  const { now } = world;
  const started = now();

  const stateOf = (n: number): string => {
    const special: Record<number, string> = { 0: 'sending', 1: 'accepted', 3: 'uncertain', 6: 'superseded', 7: 'failed', 8: 'queued', 9: 'suppressed', 14: 'undelivered', 20: 'failed', 31: 'expired', 44: 'failed', 58: 'undelivered', 71: 'cancelled', 90: 'held' };
    return special[n] ?? 'delivered';
  };
  let messages: T.MessageRow[] = Array.from({ length: 210 }, (_, n): T.MessageRow => {
    const state = stateOf(n);
    const unsent = ['superseded', 'queued', 'suppressed', 'expired', 'held', 'cancelled'].includes(state);
    return {
      id: `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`,
      created_at: iso(started - n * 47_000 - 3_000),
      kind: KINDS[n % KINDS.length] ?? 'confirmation',
      channel: 'sms',
      recipient: `••••${String((n * 37) % 100).padStart(4, '00')}`,
      state,
      attempts: unsent ? 0 : state === 'failed' ? 3 : 1,
      segments: unsent ? 0 : 1,
      provider_ref: unsent ? null : `SM${n.toString(16).padStart(4, '0')}7f2e`,
      booking_id: n % 3 ? `0199b00c-0000-7000-8000-${String(n).padStart(12, '0')}` : null,
      due_at: iso(started - n * 47_000),
      error_class: state === 'failed' ? 'G' : state === 'undelivered' ? 'F' : null,
    };
  });

  const counts = (): T.StateCount[] => {
    const found = new Map<string, number>();
    for (const { state } of messages) found.set(state, (found.get(state) ?? 0) + 1);
    return [...found].map(([state, count]) => ({ state, count }));
  };

  function overview(hours: number): T.OpsOverview {
    const minutes = hours * 60;
    const end = Math.floor(now() / MINUTE) * MINUTE;
    const span = hours === 1 ? MINUTE : hours === 24 ? 30 * MINUTE : 120 * MINUTE;
    const spans = Math.round((minutes * MINUTE) / span);
    const counts_of = (of: (ago: number) => number) => Array.from({ length: spans }, (_, i) => of(spans - i));
    const series = (kind: string, taken: (ago: number) => number, failed: (ago: number) => number): T.Throughput['series'][number] => ({ kind, channel: 'sms', taken: counts_of(taken), delivered: counts_of(taken), failed: counts_of(failed), dropped: counts_of(() => 0) });
    const throughput: T.Throughput = {
      from: iso(end - spans * span),
      span_seconds: span / 1000,
      spans,
      series: [series('booking_confirmed', (ago) => 5 + ((ago * 7) % 13), (ago) => ([12, 19, 41, 42].includes(ago) ? 2 : 0)), series('reminder', (ago) => (ago > 26 && ago <= 50 ? 22 + ((ago * 11) % 30) : 0), () => 0)],
    };
    const lane = (name: T.Lane['lane'], waiting: number, oldest: number | null, per: number, p95: number): T.Lane => ({ lane: name, waiting, oldest_seconds: oldest, per_minute: per, p95_seconds: p95, providers: name === 'dialogue' ? [] : ['twilio'] });
    const job = (name: string, every: number, ago: number, result: 'ok' | 'failed' | null, counts: Record<string, number> = {}, error: string | null = null): T.OpsJob => ({ name, every_seconds: every, last_run_at: result ? iso(now() - ago * 1000) : null, last_result: result, last_counts: Object.entries(counts).map(([what, n]) => ({ what, count: n })), last_error: error, next_run_at: iso(now() + (every - ago) * 1000) });
    return {
      generated_at: iso(now()),
      waiting: { count: 14, overdue: 0 },
      oldest_due_seconds: 3,
      to_provider_p95_seconds: 0.8,
      delivered_share: 0.992,
      failed_open: messages.filter((one) => one.state === 'failed' || one.state === 'undelivered').length,
      throughput,
      backlog: [{ kind: 'reminder', channel: 'sms', waiting: 13, oldest_seconds: 3 }, { kind: 'verification_code', channel: 'sms', waiting: 1, oldest_seconds: 0 }],
      lanes: [lane('codes', 1, 0, 6, 0.7), lane('calls', 0, null, 2, 0.6), lane('dialogue', 0, null, 1, 0.8), lane('sms', 13, 3, 5, 1.4)],
      by_state: counts(),
      workers: [
        { name: 'work-7f2e', lanes: ['codes', 'calls'], started_at: iso(started - 90 * MINUTE), heartbeat_age_seconds: 2, alive: true },
        { name: 'work-81aa', lanes: ['dialogue', 'sms'], started_at: iso(started - 90 * MINUTE), heartbeat_age_seconds: 4, alive: true },
      ],
      jobs: [
        job('sweep_messages', 10, 6, 'ok', { lost_hints: 0, expired_messages: 0 }),
        job('reconcile_uncertain', 15, 9, 'ok', { looked_into: 1 }),
        job('expire_holds', 15, 11, 'failed', {}, 'the database is busy'),
        job('remind_day_before', 60, 20, 'ok', { reminders: 12 }),
        job('end_days', 3600, 0, null),
        job('erase_old', 3600, 0, null),
      ],
      queue_backend: 'redis',
      queue_ok: true,
      hints_out: 14,
      queue: { measured_at: iso(now() - 4_000), in_queue: 14, hints_out: 14 },
    };
  }

  function list(query: T.MessageQuery): T.MessageList {
    const search = query.search?.toLowerCase();
    const from = Number(query.cursor ?? 0);
    const limit = query.limit ?? PAGE;
    const found = messages.filter((one) => (query.states.length === 0 || query.states.includes(one.state)) && (!query.kind || one.kind === query.kind) && (!search || one.recipient.includes(search) || one.id.includes(search)));
    return { messages: found.slice(from, from + limit), next: from + limit < found.length ? String(from + limit) : null, counts: counts() };
  }

  const TOWN = '0199c0de-0000-7000-8000-0000000000ff';
  const acts: T.OpsAct[] = [
    { at: iso(started - 300_000), who: 'Britta Probe', subject: 'message', subject_id: '0199c0de-0000-7000-8000-000000000007', from: 'failed', to: 'queued', reason: 'Störung 9:36 bis 9:39 behoben' },
    { at: iso(started - 480_000), who: 'Britta Probe', subject: 'sending', subject_id: TOWN, from: 'paused', to: 'running', reason: 'paid_sms: Spuk vorbei' },
    { at: iso(started - 600_000), who: 'Lars Exempel', subject: 'sending', subject_id: TOWN, from: 'running', to: 'paused', reason: 'paid_sms: Fremde lösen SMS aus' },
    { at: iso(started - 720_000), who: 'Lars Exempel', subject: 'sending', subject_id: TOWN, from: 'running', to: 'running', reason: 'twilio 100 -> 60, seven 0 -> 40: Probe des zweiten Anbieters' },
    { at: iso(started - 780_000), who: null, subject: 'budget', subject_id: TOWN, from: 'per_day', to: 'per_day', reason: '5000 -> 6000: Wahlwoche' },
    { at: iso(started - 900_000), who: 'Britta Probe', subject: 'opt_out', subject_id: '0199c0de-0000-7000-8000-000000000001', from: 'opted_out', to: 'lifted', reason: 'am Platz erbeten' },
  ];
  acts.splice(1, 0, { at: iso(started - 420_000), who: 'Lars Exempel', subject: 'bulk', subject_id: '0199c0de-0000-7000-8000-0000000b0002', from: null, to: 'running', reason: 'Netzstörung vorbei', messages: 412 });
  const bulks: T.OpsBulk[] = [
    { id: '0199c0de-0000-7000-8000-0000000b0001', action: 'retry', kind: 'reminder', channel: null, class: 'A', from: iso(started - 3_600_000), until: iso(started), reason: 'Störung behoben', state: 'proposed', expected: 612, done: 0, left_out: 0, asked_by: 'Lars Exempel', asked_at: iso(started - 120_000), asked_by_me: false, agreed_by: null, ended_at: null },
  ];
  const preview = (query: T.BulkQuery): T.BulkPreview =>
    query.action === 'cancel'
      ? { verdicts: [{ verdict: 'send', count: 14 }], changes: 14, segments: 0, cost_cents: 0, alone_lately: 0, needs_second: false, more: false }
      : { verdicts: [{ verdict: 'send', count: 5 }, { verdict: 'expired', count: 2 }, { verdict: 'superseded', count: 1 }, { verdict: 'unreachable', count: 1 }], changes: 5, segments: 5, cost_cents: 38, alone_lately: 0, needs_second: false, more: false };
  const tomorrow = (): T.Forecast => {
    const hours = Array.from({ length: 10 }, (_, i) => ({ hour: 9 + i, reminders: 12 + ((i * 17) % 40), others: i % 3, mails: 4 + i, segments: 12 + ((i * 17) % 40) + (i % 3), cost_cents: Math.ceil((12 + ((i * 17) % 40) + (i % 3)) * 7.5) }));
    const segments = hours.reduce((sum, hour) => sum + hour.segments, 0);
    return { day: iso(now() + 86_400_000).slice(0, 10), hours, segments, cost_cents: Math.ceil(segments * 7.5), segment_millicents: 7500 };
  };
  let optOuts: T.OpsOptOut[] = [
    { id: '0199c0de-0000-7000-8000-0000000c0001', channel: 'sms', recipient: '••••0031', reason: 'opted_out', source: 'sms', since: iso(started - 86_400_000) },
    { id: '0199c0de-0000-7000-8000-0000000c0002', channel: 'sms', recipient: null, reason: 'opted_out', source: 'provider', since: iso(started - 4 * 86_400_000) },
  ];
  const optOutList = (): T.OptOutList => ({ opt_outs: optOuts, total: optOuts.length });

  let pauses: T.MessagePause[] = [{ scope: 'kind', name: 'early_reminder', since: iso(started - 5_400_000), by: 'Lars Exempel', reason: 'Text wird geprüft' }];
  let weights = [70, 30];
  let perDay = 2400;
  const paused = (): T.MessagePauses => ({ pauses, channels: ['sms', 'email', 'push'], kinds: KINDS, providers: ['twilio', 'seven'] });
  const providers = (): T.SmsProviders => ({
    providers: ['twilio', 'seven'].map((name, n) => ({
      name,
      weight: weights[n] ?? 0,
      paused: pauses.some((one) => one.scope === 'provider' && one.name === name),
      state: n === 0 ? 'failing' : 'working',
      workers: [{ worker: 'work-7f2e', breaker: n === 0 ? 'failing' : 'closed', open_since: n === 0 ? iso(now() - 90_000) : null, probe_at: n === 0 ? iso(now() + 8_000) : null, lost_points: n === 0 ? 20 : 0, calls: 24, bad: n === 0 ? 15 : 0 }],
      speed: { limit: 10, rate: n === 0 ? 5 : 10, blocked_until: null },
      outcomes: [{ outcome: 'accepted', count: 212 - n * 100 }, { outcome: 'ambiguous', count: n === 0 ? 15 : 0 }],
    })),
  });
  const budget = (): T.OpsBudget => ({ day: iso(now()).slice(0, 10), segments_per_day: perDay, reserve: Math.floor(perDay / 5), used: 1488, held: 0, level: 1488 >= perDay * 0.8 ? 'short' : 'usual', guarded_since: null, codes_sent: 31, codes_typed_in: 28 });

  /** How sending is set. */
  async function control(request: Request, path: string): Promise<Response | null> {
    const order = request.method === 'GET' ? null : ((await request.clone().json()) as { scope: string; name: string; reason: string; weights?: { weight: number }[]; segments_per_day?: number });
    if (path === '/ops/pauses' && order) pauses = [...pauses, { ...order, since: iso(now()), by: 'Britta Probe' }];
    if (path === '/ops/pauses/end' && order) pauses = pauses.filter((one) => one.scope !== order.scope || one.name !== order.name);
    if (path.startsWith('/ops/pauses')) return json(paused());
    if (path === '/ops/providers/weights') weights = order?.weights?.map((one) => one.weight) ?? weights;
    if (path.startsWith('/ops/providers')) return json(providers());
    if (path !== '/ops/budget') return null;
    perDay = order?.segments_per_day ?? perDay;
    return json(budget());
  }

  /** What operators do to many messages, and what there is beside them. */
  async function aside(request: Request, path: string): Promise<Response | null> {
    if (path === '/ops/messages/search') return json(list((await request.json()) as T.MessageQuery));
    if (path === '/ops/bulk/preview') return json(preview((await request.json()) as T.BulkQuery));
    if (path === '/ops/bulk' && request.method === 'GET') return json(bulks);
    if (path === '/ops/bulk') return json({ ...bulks[0], id: 'b2', state: 'done', done: 5, left_out: 4 });
    if (path.startsWith('/ops/bulk/')) return json({ ...bulks[0], state: path.endsWith('agree') ? 'done' : 'withdrawn' });
    if (path === '/ops/tomorrow') return json(tomorrow());
    if (path === '/ops/acts') {
      const kind = new URL(request.url).searchParams.get('kind');
      return json({ acts: acts.filter((act) => !kind || act.subject === kind), next: null });
    }
    if (path === '/ops/opt-outs') return json(optOutList());
    if (path.startsWith('/ops/opt-outs/')) {
      optOuts = optOuts.filter((one) => !path.includes(one.id));
      return json(optOutList());
    }
    return null;
  }

  function detail(row: T.MessageRow): T.MessageDetail {
    const begun = Date.parse(row.created_at);
    const step = (ms: number, event: string, de: string, en: string, text: string | null, tone: T.MessageEvent['tone']): T.MessageEvent => ({ at: iso(begun + ms), event, title: { de, en }, detail: text, tone });
    const uncertain = row.state === 'uncertain';
    const timeline = [
      step(12, 'queued', 'In derselben Buchung gespeichert', 'Stored with the booking', 'queued', 'run'),
      step(204, 'enqueued', 'An den Versand übergeben', 'Handed over for sending', 'enqueued', 'run'),
      step(231, 'sending', 'Versuch 1 begonnen', 'Attempt 1 began', 'sending · nicht abbestellt, keine Ruhezeit', 'run'),
      ...(uncertain
        ? [step(10_240, 'uncertain', 'Anbieter antwortet nicht, Zeitgrenze 10 s', 'The provider does not answer, limit 10 s', 'uncertain · nicht wiederholt, weil die SMS schon unterwegs sein kann', 'warn')]
        : row.state === 'failed'
          ? [step(1_400, 'failed', 'Dauerhaft abgelehnt: Nummer unbekannt', 'Refused for good: unknown number', 'failed · 30005', 'bad')]
          : [step(890, 'accepted', 'Vom Anbieter angenommen', 'Accepted by the provider', `accepted · ${row.provider_ref ?? ''}`, 'run'), step(3_876, 'delivered', 'Zugestellt', 'Delivered', 'delivered · einmal gesendet', 'ok')]),
    ];
    const attempts: T.MessageAttempt[] = Array.from({ length: row.attempts }, (_, n) => ({ no: n + 1, started_at: iso(begun + 231 + n * 30_000), finished_at: uncertain ? null : iso(begun + 890 + n * 30_000), outcome: uncertain ? 'ambiguous' : row.state === 'failed' ? 'refused' : 'accepted', http_status: uncertain ? null : row.state === 'failed' ? 400 : 201, error_code: row.state === 'failed' ? '30005' : null, error_class: row.state === 'failed' ? 'D' : null, provider: 'twilio' }));
    return {
      ...row,
      text_masked: 'Termin bestätigt: Di 24.11. 09:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code ••••-••••. Absagen: Antwort STORNO. t.musterstadt.example/•••',
      language: 'de',
      template: `${row.kind}@4`,
      expires_at: iso(begun + 86_400_000),
      timeline,
      attempts,
      may_retry: ['failed', 'undelivered'].includes(row.state),
      not_again: null,
      may_cancel: ['queued', 'held', 'enqueued'].includes(row.state),
    };
  }

  async function act(request: Request, id: string, verb: string): Promise<Response> {
    const row = messages.find((one) => one.id === id);
    if (!row) return problem(404, 'not_found', 'Diese Nachricht gibt es nicht.');
    const { reason } = (await request.json()) as { reason: string };
    if (!reason.trim()) return problem(422, 'invalid_fields', 'Bitte geben Sie einen Grund an.', { fields: [{ field: 'reason', code: 'required', detail: { de: 'Bitte geben Sie einen Grund an.' } }] });
    if (verb === 'reveal') return json({ text: 'Termin bestätigt: Di 24.11. 09:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code 4829-1376. Absagen: Antwort STORNO. t.musterstadt.example/a/Ab3dE6gH9k', recipient: '0171 3920055' });
    const after: T.MessageRow = { ...row, state: verb === 'retry' ? 'queued' : 'cancelled' };
    messages = messages.map((one) => (one === row ? after : one));
    return json(detail(after));
  }

  function stream(): Response {
    const encoder = new TextEncoder();
    let timer: ReturnType<typeof setInterval> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = () => controller.enqueue(encoder.encode(`data: ${JSON.stringify(overview(1))}\n\n`));
        send();
        timer = setInterval(send, 2000);
      },
      cancel: () => clearInterval(timer),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  }

  return async function answer(request: Request): Promise<Response | null> {
    const url = new URL(request.url);
    const path = url.pathname.replace(/^\/api\/v1/, '');
    if (!path.startsWith('/ops/')) return null;
    const role = world.role();
    if (!role) return problem(401, 'unauthorized', 'Bitte melden Sie sich an.');
    if (role === 'desk') return problem(403, 'forbidden', 'Dazu fehlt die Berechtigung.');
    if (path === '/ops/overview') return json(overview(Number(url.searchParams.get('hours') ?? 1)));
    if (path === '/ops/live') return stream();
    const beside = (await control(request, path)) ?? (await aside(request, path));
    if (beside) return beside;
    const [, , , id = '', verb] = path.split('/');
    if (verb) return act(request, id, verb);
    const row = messages.find((one) => one.id === id);
    return row ? json(detail(row)) : problem(404, 'not_found', 'Diese Nachricht gibt es nicht.');
  };
}
