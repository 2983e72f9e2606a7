// What can be said with the recorded words, and how calls and ways are put together from them. A sentence is a list of
// words, the same in every language; where a part cannot be said (a counter called "Trauzimmer"), there is no sentence,
// and gong and picture do.
import type { WaitRange } from '../api/types';
import type { Lang } from '../i18n/index.svelte';
import de from './voice-de.json';
import en from './voice-en.json';

/** A recorded word or phrase; `build/voice.mjs` says how each sounds. */
export type Word = keyof typeof de;

/** Where each word begins in its language's file, and how long it is: milliseconds. */
export const places: Record<Lang, Record<Word, number[]>> = { de, en };

const isWord = (key: string): key is Word => key in de;

/** The list, if all of it can be said. */
function words(keys: readonly string[]): Word[] | null {
  return keys.every(isWord) ? [...keys] : null;
}

/** A number up to 999 as one says it; longer ones, and those that begin with a nought, digit by digit. */
export function numberWords(digits: string): Word[] | null {
  if (!/^\d+$/.test(digits)) return null;
  const number = Number(digits);
  if (digits.length > 3 || (digits.length > 1 && digits.startsWith('0'))) return words([...digits]);
  const [hundreds, rest] = [Math.floor(number / 100), number % 100];
  if (hundreds === 0) return words([String(rest)]);
  return words(rest === 0 ? [`${hundreds}00`] : [`${hundreds}00+`, String(rest)]);
}

/** A ticket's number: "B 012" is said as "B twelve". */
export function ticketWords(letter: string, digits: string): Word[] | null {
  const number = numberWords(digits.replace(/^0+(?=\d)/, ''));
  const spelled = words([...letter.toUpperCase()]);
  return spelled && number && [...spelled, ...number];
}

/** What staff call their places. */
const KINDS: Record<string, Word> = {
  platz: 'place',
  schalter: 'desk',
  zimmer: 'room',
  raum: 'chamber',
  tisch: 'table',
  büro: 'office',
  kasse: 'cash',
};

/** A counter by its name: "Platz 3", "Zimmer A 2.14", "7". */
export function counterWords(name: string): Word[] | null {
  const parts = name.trim().match(/\p{L}+|\d+|[^\p{L}\d\s]+/gu) ?? [];
  if (parts.length === 0) return null;
  const said: Word[] = [];
  for (const part of parts) {
    const next = partWords(part);
    if (next === null) return null;
    said.push(...next);
  }
  return parts[0] !== undefined && /^\d/.test(parts[0]) ? ['place', ...said] : said;
}

function partWords(part: string): Word[] | null {
  const kind = KINDS[part.toLowerCase()];
  if (kind) return [kind];
  if (/^\d+$/.test(part)) return numberWords(part);
  if (/^[A-Za-z]$/.test(part)) return words([part.toUpperCase()]);
  if (part === '.') return ['point'];
  return part === '-' || part === '/' ? [] : null;
}

/** "Number B twelve, please go to counter three." */
export function callWords(call: { letter: string; digits: string; counter_name: string }): Word[] | null {
  const ticket = ticketWords(call.letter, call.digits);
  const counter = counterWords(call.counter_name);
  return ticket && counter && ['number', ...ticket, 'to', ...counter];
}

/** "Please go to waiting area B. It is on the first floor." The level is 0 on the ground; null says nothing of it. */
export function areaWords(letter: string, level: number | null): Word[] | null {
  const area = words([...letter.toUpperCase()]);
  const floor = level === null ? [] : floorWords(level);
  return area && floor && ['goToArea', ...area, ...floor];
}

/** What a terminal answers whom it knows; where it cannot say all that matters, there is no sentence. */
export interface Answer {
  letter: string;
  digits: string;
  /** The waiting area, and its level as in `areaWords`. */
  area: string;
  level: number | null;
  /** The house is full: there is no way to tell yet. */
  outside: boolean;
  /** Whether an appointment or a code was checked in; otherwise a number was drawn. */
  checkedIn: boolean;
  wait: WaitRange | null;
}

/** "You are checked in. Your number is B twelve. Please go to waiting area B. It is on the first floor." */
export function answerWords({ letter, digits, area, level, outside, checkedIn, wait }: Answer): Word[] | null {
  const ticket = ticketWords(letter, digits);
  const way = outside ? (['outside'] satisfies Word[]) : areaWords(area, level);
  if (!ticket || !way) return null;
  const welcome: Word[] = checkedIn ? ['checkedIn'] : [];
  return [...welcome, 'yourNumber', ...ticket, ...way, ...(wait ? waitWords(wait) : []), 'weCall'];
}

/** "The wait is about twenty to thirty minutes." Nothing where no number is worth anything. */
function waitWords({ low_min, high_min, long }: WaitRange): Word[] {
  if (long) return [];
  const [low, high] = [numberWords(String(low_min)), numberWords(String(high_min))];
  if (!low || !high) return [];
  return ['waitAbout', ...(low_min < high_min ? [...low, 'until' as const] : []), ...high, 'minutes'];
}

function floorWords(level: number): Word[] | null {
  if (level === 0) return ['onFloor', 'groundFloor'];
  if (level === -1) return ['onFloor', 'basement'];
  return words(['onFloor', `floor${level}`]);
}
