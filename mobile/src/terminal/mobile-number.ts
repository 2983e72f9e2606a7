// German mobile numbers while they are typed on the number pad. The server decides; this catches the obvious early.

export const LONGEST = 12;

/** 015, 016 or 017 and 8 or 9 further digits. */
export function looksMobile(digits: string): boolean {
  return /^01[567]\d{8,9}$/.test(digits);
}

/** "01713920012" as people read it: "0171 3920012". */
export function spaced(digits: string): string {
  return digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
}
