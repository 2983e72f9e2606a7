// How the log tells of acts: what was stopped, which shares, which budget; and the reason as it was given.
import { describe, expect, it } from 'vitest';
import type { OpsAct } from '$shared/api/types';
import { what, why } from '../../src/ops/told';

const act = (subject: string, from: string | null, to: string, reason: string | null): OpsAct => ({
  at: '2026-11-23T09:20:00Z', who: 'B. Probe', subject, subject_id: '0199c0de-0000-7000-8000-000000000001', from, to, reason,
});
const told = (...parts: Parameters<typeof act>) => [what(act(...parts)), why(act(...parts))];

describe('the log tells', () => {
  it('of the emergency stop and its end', () => {
    expect(told('sending', 'running', 'paused', 'paid_sms: Missbrauch')).toEqual(['Notbremse für SMS gezogen', 'Alle SMS: Missbrauch']);
    expect(told('sending', 'paused', 'running', 'paid_sms: vorbei')).toEqual(['Notbremse für SMS gelöst', 'Alle SMS: vorbei']);
  });
  it('of other stops by name', () => {
    expect(told('sending', 'running', 'paused', 'provider seven: Vertrag: endet')).toEqual(['Versand angehalten', 'Anbieter seven.io: Vertrag: endet']);
    expect(told('sending', 'paused', 'running', 'channel email: geht wieder')[0]).toBe('Versand weiterlaufen lassen');
  });
  it('of shares and budgets before and after', () => {
    const shares = 'twilio 100 -> 60, seven 0 -> 40: zu langsam, 3 Tage';
    expect(told('sending', 'running', 'running', shares)).toEqual(['Anteile der Anbieter geändert', 'Twilio 100 → 60, seven.io 0 → 40: zu langsam, 3 Tage']);
    expect(why(act('sending', 'running', 'running', 'twilio 50, seven 50: wie bisher'))).toBe('Twilio 50, seven.io 50: wie bisher');
    expect(told('budget', 'per_day', 'per_day', '5000 -> 6000: Wahlwoche')).toEqual(['Tagesbudget geändert', '5.000 → 6.000: Wahlwoche']);
  });
  it('of an action on many messages with their number', () => {
    const many = { ...act('bulk', null, 'running', 'Störung behoben'), messages: 900 };
    expect([what(many), why(many)]).toEqual(['Sammelaktion begonnen: 900 Nachrichten', 'Störung behoben']);
    expect(what({ ...act('bulk', 'proposed', 'running', null), messages: 1 })).toBe('Sammelaktion zugestimmt: 1 Nachricht');
  });
  it('of messages with the reason as it was given', () => {
    expect(told('message', 'failed', 'queued', 'kind reminder: kein Schalter')).toEqual(['Nachricht erneut gesendet', 'kind reminder: kein Schalter']);
    expect(told('message', 'sent', 'sent', 'revealed: Beschwerde')).toEqual(['Nachricht aufgedeckt', 'Beschwerde']);
    expect(why(act('opt_out', 'opted_out', 'lifted', null))).toBe('–');
  });
});
