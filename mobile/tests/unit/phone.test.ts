import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/phone/body';
import { looksWhole, national, spaced } from '../../src/phone/number';

const kinds = (body: string) => partsOf(body).map((part) => (part.kind === 'text' ? 'text' : `${part.kind} ${part.text}`));

describe('the text of an SMS', () => {
  it('makes code and link tappable and loses nothing', () => {
    const body =
      'Termin bestätigt: Mo 23.11. 10:20 Uhr, Bürgerbüro, Rathausplatz 1. Check-in-Code 4829-1372. Absagen: Antwort STORNO. t.musterstadt.example/t/7FQ2MKD9TR';
    expect(kinds(body)).toEqual(['text', 'code 4829-1372', 'text', 'link t.musterstadt.example/t/7FQ2MKD9TR']);
    expect(partsOf(body).map((part) => part.text).join('')).toBe(body);
  });

  it('finds the six digits of a booking', () => {
    expect(partsOf('Ihr Code: 418302. Gilt 10 Min.')).toContainEqual({ kind: 'code', text: '418302', digits: '418302' });
  });

  it('takes no date, time, amount or telephone number for a code', () => {
    expect(kinds('Am 23.11.2026 um 10:20 Uhr, 46,00 EUR, Telefon 0171 3920012 oder 01713920012.')).toEqual(['text']);
  });

  it.each([
    ['t.stadt.de/7FQ2MKD9TR', '/t/7FQ2MKD9TR'],
    ['http://127.0.0.1:8080/t/7FQ2MKD9TR', '/t/7FQ2MKD9TR'],
    ['https://termine.musterstadt.example/service/perso?x=1', '/service/perso?x=1'],
  ])('opens %s on this server', (link, href) => {
    expect(partsOf(`Hier: ${link}.`)).toContainEqual({ kind: 'link', text: link, href });
  });

  it('keeps markup as plain text', () => {
    const body = '<img src=x onerror=alert(1)>';
    expect(partsOf(body)).toEqual([{ kind: 'text', text: body }]);
  });
});

describe('numbers of phones', () => {
  it.each(['0171 3920012', '+491713920012', '0049 171 3920012', '0171/3920012'])('%s is one phone', (number) =>
    expect(national(number)).toBe('01713920012'),
  );
  it('are shown as people write them', () => expect(spaced('+491713920012')).toBe('0171 3920012'));
  it('must be whole to be opened', () => {
    expect(looksWhole('01713920012')).toBe(true);
    expect(looksWhole('0171')).toBe(false);
    expect(looksWhole('')).toBe(false);
  });
});
