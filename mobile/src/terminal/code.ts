// The check-in code (Check-in-Code): seven random digits and a Damm check digit, shown as "4829-1376".
// A typing slip is caught here, before the server is asked and before a try is lost.

export const CODE_LENGTH = 8;

/** H. M. Damm, 2004: the quasigroup of order 10 that finds every single wrong digit and every swap of neighbours. */
const DAMM: readonly string[] = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
];

/** The check digit that completes these digits; 0 when the last digit already is the right one. */
export function dammDigit(digits: string): number {
  let interim = 0;
  for (const digit of digits) interim = Number(DAMM[interim]?.[Number(digit)] ?? 0);
  return interim;
}

/** Whether eight digits can be a check-in code at all. */
export function codeHolds(digits: string): boolean {
  return /^\d{8}$/.test(digits) && dammDigit(digits) === 0;
}

/** "48291376" as people read it: "4829-1376". Unfinished input stays unfinished. */
export function withDash(digits: string): string {
  return digits.length > 4 ? `${digits.slice(0, 4)}-${digits.slice(4)}` : digits;
}

/**
 * The code in what a camera or hand scanner read: the digits alone, with a dash, or inside the address that our
 * QR codes may hold (`…?code=48291376` or `…/c/48291376`). Null when it is not one of our codes.
 */
export function codeFromScan(text: string): string | null {
  const trimmed = text.trim();
  const found = /(?:^|[=/#:\s])(\d{4})[-–\s]?(\d{4})(?:$|[&#\s.,])/.exec(trimmed);
  if (!found) return null;
  const digits = `${found[1] ?? ''}${found[2] ?? ''}`;
  return codeHolds(digits) ? digits : null;
}
