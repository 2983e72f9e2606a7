import { beforeEach, describe, expect, it } from 'vitest';
import { lastSeen } from '../../src/desk/last-seen';
import { setLang } from '$shared/i18n/index.svelte';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const before = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const seen = (minutes: number) => lastSeen({ last_seen_at: before(minutes), enrolled_at: before(60 * 24 * 30) }, NOW);

beforeEach(() => setLang('de', false));

describe('when a device was last seen', () => {
  it('is told as an age, then as a time, then as a day', () => {
    expect([0, 1, 12, 59, 90, 60 * 24 * 3].map(seen)).toEqual([
      'gerade eben',
      'gerade eben',
      'vor 12 Minuten',
      'vor 59 Minuten',
      'heute, 9:30\u00a0Uhr',
      'Fr, 20. Nov., 11:00\u00a0Uhr',
    ]);
  });
  it('is never for a device that waits for its code', () => {
    expect(lastSeen({ last_seen_at: null, enrolled_at: null }, NOW)).toBe('noch nie');
  });
  it('names no time of a clock that is not the town’s: enrolled, and not seen since', () => {
    const enrolled = '2026-11-30T10:51:27.191Z';
    expect(lastSeen({ last_seen_at: enrolled, enrolled_at: enrolled }, NOW)).toBe('seit der Anmeldung nicht');
    expect(lastSeen({ last_seen_at: before(1), enrolled_at: before(1) }, NOW)).toBe('gerade eben');
  });
});
