import { describe, expect, it } from 'vitest';
import { codeFromScan, codeHolds, dammDigit, withDash } from '../../src/terminal/code';

const CODE = '48291372';

describe('check-in code', () => {
  it('knows the published example of the Damm algorithm', () => {
    expect(dammDigit('572')).toBe(4);
    expect(dammDigit('5724')).toBe(0);
  });

  it('finds every single wrong digit', () => {
    expect(codeHolds(CODE)).toBe(true);
    for (let place = 0; place < 8; place += 1) {
      for (const digit of '0123456789') {
        const typed = CODE.slice(0, place) + digit + CODE.slice(place + 1);
        expect(codeHolds(typed), typed).toBe(digit === CODE[place]);
      }
    }
  });

  it('finds every swap of two neighbours', () => {
    for (let place = 0; place < 7; place += 1) {
      const [a = '', b = ''] = [CODE[place], CODE[place + 1]];
      if (a === b) continue;
      expect(codeHolds(CODE.slice(0, place) + b + a + CODE.slice(place + 2))).toBe(false);
    }
  });

  it('needs exactly eight digits', () => {
    expect(codeHolds('')).toBe(false);
    expect(codeHolds(CODE.slice(0, 7))).toBe(false);
    expect(codeHolds('0')).toBe(false);
  });

  it('shows the dash as soon as the second half begins', () => {
    expect(['4829', '48291', CODE].map(withDash)).toEqual(['4829', '4829-1', '4829-1372']);
  });

  it.each([CODE, '4829-1372', ' 4829 1372\n', 'https://t.musterstadt.example/?code=48291372', 'lotse:4829-1372', '/c/48291372'])(
    'reads %j from a QR code',
    (text) => expect(codeFromScan(text)).toBe(CODE),
  );

  it.each(['', 'https://example.org/', '48291373', '4829137211', '01713920012', '/t/7FQ2MKD9TR', 'WIFI:S:Rathaus;P:12345678;;'])(
    'does not take %j for a code',
    (text) => expect(codeFromScan(text)).toBeNull(),
  );
});
