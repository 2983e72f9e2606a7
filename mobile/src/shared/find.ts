// Finds services by everyday words ("Perso", "Auto", "Umzug"): in the name, its parts and the keywords of the catalogue.
import type { ServiceSummary } from '$shared/api/types';

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '');

const words = (text: string): string[] => plain(text).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** Words around the matter that say nothing about it: "ich brauche einen neuen Pass". */
const AROUND = new Set(
  'ich wir brauche brauchen moechte moechten will wollen muss bitte hallo ein eine einen einer eines mein meine meinen meiner neu neue neuen neuer neues der die das den dem fuer und im in zu zum zur mit termin i we need want would like a an my new the for to please'.split(
    ' ',
  ),
);

/** What is looked for; words around it only where there is nothing else. */
const wantedOf = (typed: string): string[] => {
  const all = words(typed);
  const matter = all.filter((word) => !AROUND.has(word));
  return matter.length > 0 ? matter : all;
};

/** The words of a service, as they are compared. */
interface Known {
  names: string[];
  words: string[];
}

const known = (service: ServiceSummary): Known => {
  const names = [service.name.de, service.name.en ?? ''];
  return { names: names.map(plain), words: [...names, ...service.keywords].flatMap(words) };
};

/** How many letters may be wrong in a word of this length. */
const slips = (length: number): number => (length < 4 ? 0 : length < 8 ? 1 : 2);

/** Letters left out, added, mistaken or swapped between two words (Damerau and Levenshtein's distance). */
export function distance(one: string, other: string): number {
  const cost = (row: number[] | undefined, at: number): number => row?.[at] ?? Infinity;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      const swapped = i > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(
        Math.min(
          cost(rows[i - 1], j) + 1,
          cost(row, j - 1) + 1,
          cost(rows[i - 1], j - 1) + same,
          swapped ? cost(rows[i - 2], j - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(row);
  }
  return cost(rows[one.length], other.length);
}

/** The word itself, the beginning of the name or of a word, then anywhere; 0 is no match. */
function rank(of: Known, wanted: string): number {
  if (of.words.includes(wanted)) return 5;
  if (of.names.some((name) => name.startsWith(wanted))) return 4;
  if (of.words.some((word) => word.startsWith(wanted))) return 3;
  return wanted.length > 2 && of.words.some((word) => word.includes(wanted)) ? 1 : 0;
}

/** As a word that was mistyped, or the beginning of one. */
function rankMistyped(of: Known, wanted: string): number {
  const most = slips(wanted.length);
  const near = (word: string) =>
    Math.abs(word.length - wanted.length) <= most && distance(wanted, word) <= most;
  const begins = (word: string) => wanted.length > 4 && distance(wanted, word.slice(0, wanted.length)) <= 1;
  if (most === 0) return 0;
  return of.words.some(near) ? 2 : of.words.some(begins) ? 1 : 0;
}

/**
 * What fits most of the words; the best first, popular before others, then as the town ordered them. A word that fits
 * nothing is looked for as mistyped, and does not count if that fits nothing either ("ich brauche einen neuen Pass").
 */
export function find(services: readonly ServiceSummary[], typed: string): ServiceSummary[] {
  const all = services.map(known);
  const ranks = wantedOf(typed)
    .map((wanted) => {
      const direct = all.map((of) => rank(of, wanted));
      return direct.some((one) => one > 0) ? direct : all.map((of) => rankMistyped(of, wanted));
    })
    .filter((of) => of.some((one) => one > 0));
  const fitting = services.map((service, place) => {
    const own = ranks.map((of) => of[place] ?? 0).filter((one) => one > 0);
    const score = own.reduce((sum, one) => sum + one, service.popular ? 1 : 0);
    return { service, place, fits: own.length, score };
  });
  const most = Math.max(1, ...fitting.map(({ fits }) => fits));
  return fitting
    .filter(({ fits }) => fits === most)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ service }) => service);
}

/** The everyday word by which it was found, when its name does not show why. */
export function foundBy(service: ServiceSummary, typed: string): string | null {
  const wanted = wantedOf(typed);
  const names = [service.name.de, service.name.en ?? ''].flatMap(words);
  const unseen = wanted.filter((word) => !names.some((name) => name.includes(word)));
  if (unseen.length === 0) return null;
  const fits = (keyword: string) => unseen.some((word) => words(keyword).some((part) => part.includes(word)));
  return service.keywords.find(fits) ?? null;
}
