import { describe, expect, it } from 'vitest';
import { recall, remember, ticked, type Memory } from '../../src/citizen/checklist';
import { mapLink, national, smsLink, tokenOf } from '../../src/citizen/links';
import { isAhead, isOld } from '../../src/citizen/mine';
import { shortName } from '../../src/shared/town-name';

function memory(): Memory & { size: () => number } {
  const rows = new Map<string, unknown>();
  return {
    get: <T>(name: string) => Promise.resolve(rows.get(name) as T | undefined),
    put: (name, value) => Promise.resolve(void rows.set(name, value)),
    remove: (name) => Promise.resolve(void rows.delete(name)),
    size: () => rows.size,
  };
}

describe('the checklist', () => {
  it('ticks and unticks a document', () => {
    expect(ticked(['Pass'], 'Foto', true)).toEqual(['Pass', 'Foto']);
    expect(ticked(['Pass', 'Foto'], 'Pass', false)).toEqual(['Foto']);
    expect(ticked(['Pass'], 'Pass', true)).toEqual(['Pass']);
  });

  it('is remembered for its appointment only', async () => {
    const device = memory();
    await remember('a', ['Pass'], device);
    expect(await recall('a', ['Pass', 'Foto'], device)).toEqual(['Pass']);
    expect(await recall('b', ['Pass', 'Foto'], device)).toEqual([]);
  });

  it('forgets a document that is no longer asked for', async () => {
    const device = memory();
    await remember('a', ['Pass', 'Foto'], device);
    expect(await recall('a', ['Foto'], device)).toEqual(['Foto']);
  });

  it('leaves nothing behind when nothing is ticked', async () => {
    const device = memory();
    await remember('a', ['Pass'], device);
    await remember('a', [], device);
    expect(device.size()).toBe(0);
  });

  it('survives what another version stored', async () => {
    const device = memory();
    await device.put('bring.a', { not: 'a list' });
    expect(await recall('a', ['Pass'], device)).toEqual([]);
  });
});

describe('the secret link', () => {
  it('gives its token', () => expect(tokenOf('/t/7FQ2MKD9TR')).toBe('7FQ2MKD9TR'));
  it.each(['/t/7FQ2MKD9TR.', '/t/7FQ2MKD9TR)', '/t/7FQ2MKD9TR,', '/t/7FQ2MKD9TR/', '/t/7FQ2MKD9TR%2E', '/t/7FQ2MKD9TR“'])(
    'is understood with what a messenger glued to it: %s',
    (path) => expect(tokenOf(path)).toBe('7FQ2MKD9TR'),
  );
  it.each(['/t/', '/t', '/meine', '/t/a/b', '/t/%E0%A4%A'])('%s is none', (path) => expect(tokenOf(path)).toBeNull());
});

describe('links that leave the app', () => {
  it('carry only the address of the office to the map', () => {
    const link = mapLink({ street: 'Rathausplatz 1', postal_code: '12345', city: 'Musterstadt' });
    expect(link).toBe('https://www.openstreetmap.org/search?query=Rathausplatz%201%2C%2012345%20Musterstadt');
  });

  it('open the messages with the word typed already', () => {
    expect(smsLink('+49 171 3920090', 'STORNO')).toBe('sms:+491713920090?&body=STORNO');
  });

  it('show a number as people write it', () => {
    expect(national('+491713920090')).toBe('0171 3920090');
    expect(national('115')).toBe('115');
  });
});

describe('appointments on this device', () => {
  const at = (ends_at: string, state = 'booked') => ({ ends_at, state });
  const now = Date.parse('2026-11-23T10:00:00Z');

  it('lie ahead until an hour after their end', () => {
    expect(isAhead(at('2026-11-23T09:30:00Z'), now)).toBe(true);
    expect(isAhead(at('2026-11-23T08:30:00Z'), now)).toBe(false);
  });

  it('do not lie ahead once cancelled', () => {
    expect(isAhead(at('2026-11-24T09:30:00Z', 'cancelled_by_citizen'), now)).toBe(false);
  });

  it('are forgotten after two weeks', () => {
    expect(isOld(at('2026-11-10T10:00:00Z'), now)).toBe(false);
    expect(isOld(at('2026-11-09T09:00:00Z'), now)).toBe(true);
  });
});

describe('the town in a tight place', () => {
  it.each([
    ['Stadt Musterstadt', 'Musterstadt'],
    ['Große Kreisstadt Beispielau', 'Beispielau'],
    ['Stadtoldendorf', 'Stadtoldendorf'],
    ['Musterstadt', 'Musterstadt'],
  ])('%s is called %s', (name, short) => expect(shortName(name)).toBe(short));
});
