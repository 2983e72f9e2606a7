import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BookingMove, askMove, moving } from '../../src/desk/move.svelte';
import { setLang } from '$shared/i18n/index.svelte';
import { feedback } from '$shared/staff/feedback.svelte';

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const taken = () => json({ code: 'slot_taken', status: 409, data: null }, 409);
const at = (time: string) => `2026-11-24T${time}:00Z`;

interface Asked {
  booking: string;
  pool_id: string;
  starts_at: string;
}
let moves: Asked[] = [];
let offices: (string | null)[] = [];
let refuse: (asked: Asked) => boolean = () => false;

const answer = {
  duration_min: 15,
  places: [
    { pool_id: 'p-1', office_id: 'o-1', office_name: 'Rathaus', duration_min: 15 },
    { pool_id: 'p-2', office_id: 'o-1', office_name: 'Rathaus', duration_min: 15 },
  ],
  days: [
    {
      day: '2026-11-24',
      begins_at: '2026-11-23T23:00:00Z',
      open: true,
      free: [
        { place: 0, minutes: [540, 555] },
        { place: 1, minutes: [570] },
      ],
    },
  ],
  horizon_day: '2027-01-20',
};

beforeEach(async () => {
  moves = [];
  offices = [];
  refuse = () => false;
  feedback.close();
  await setLang('de', false);
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    if (url.pathname.endsWith('/slots')) {
      offices.push(url.searchParams.get('office'));
      return json(answer);
    }
    const booking = /bookings\/([^/]+)\/move/.exec(url.pathname)?.[1];
    if (!booking) return json({});
    const asked = { booking, ...((await request.json()) as Omit<Asked, 'booking'>) };
    moves.push(asked);
    return refuse(asked) ? taken() : json({ id: `${booking}-new`, starts_at: asked.starts_at, sent_to: '0171 •••••17' });
  });
});

const booking = { booking_id: 'b', name: 'Exempel, Erika', starts_at: at('08:00'), office_id: 'o-1', items: [{ service: 'pass', quantity: 2 }] };
async function looked() {
  const told: string[] = [];
  const move = new BookingMove(booking, (moved) => told.push(moved.id));
  await move.times.search();
  return { move, told };
}
const undo = () => feedback.message?.undo?.run();

describe('moving an appointment at the desk', () => {
  it('asks for times of its own office first, and never offers the time it has', async () => {
    const { move } = await looked();
    expect(offices).toEqual(['o-1']);
    expect(move.times.choices.map((one) => one.time)).toEqual(['09:15', '09:30']);
    expect(move.times.slot?.time).toBe('09:15');
    move.look(true);
    await vi.waitFor(() => expect(offices).toEqual(['o-1', null]));
  });

  it('says where the appointment is now and who is told', async () => {
    const { move, told } = await looked();
    expect(await move.move()).toBe(true);
    expect(told).toEqual(['b-new']);
    expect(feedback.message?.text).toContain('Der Termin von Exempel, Erika ist jetzt Di, 24. Nov., 9:15\u00a0Uhr.');
    expect(feedback.message?.text).toContain('SMS geht an 0171 •••••17.');
  });

  it('lets choose again when somebody else was faster', async () => {
    refuse = () => true;
    const { move, told } = await looked();
    expect(await move.move()).toBe(false);
    expect(told).toEqual([]);
    expect(move.times.lost?.time).toBe('09:15');
    expect(move.times.choices.length).toBeGreaterThan(0);
    expect(feedback.message).toBeNull();
  });

  it('is undone by moving back, into whichever pool of the office is free', async () => {
    const { move, told } = await looked();
    await move.move();
    refuse = (asked) => asked.pool_id === 'p-1';
    undo();
    await vi.waitFor(() => expect(told).toEqual(['b-new', 'b-new-new']));
    expect(moves.slice(1)).toEqual([
      { booking: 'b-new', pool_id: 'p-1', starts_at: at('08:00') },
      { booking: 'b-new', pool_id: 'p-2', starts_at: at('08:00') },
    ]);
    expect(feedback.message?.text).toContain('ist wieder Di, 24. Nov., 9:00\u00a0Uhr');
  });

  it('says so when the old time is gone', async () => {
    const { move, told } = await looked();
    await move.move();
    refuse = () => true;
    undo();
    await vi.waitFor(() => expect(feedback.message?.tone).toBe('bad'));
    expect(feedback.message?.text).toContain('nicht mehr frei');
    expect(told).toEqual(['b-new']);
  });

  it('opens with the times already asked for', async () => {
    askMove(booking, () => undefined);
    await vi.waitFor(() => expect(moving.it?.times.choices.length).toBe(2));
    moving.it = null;
  });
});
