// Mobile numbers in the demo: however they are written, the same digits are the same phone.

/** "+49 171 3920012", "0049171…" and "0171 3920012" all become "01713920012". */
export function national(number: string): string {
  const digits = number.replace(/[^\d+]/g, '');
  return digits.replace(/^(\+49|0049)/, '0').replace(/\D/g, '');
}

/** "0171 3920012", as people read it. */
export function spaced(number: string): string {
  const digits = national(number);
  return digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
}

/** Enough digits for a German mobile number. */
export function looksWhole(number: string): boolean {
  return /^01\d{8,10}$/.test(national(number));
}
