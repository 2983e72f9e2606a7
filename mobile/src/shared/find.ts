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

/** Beginning of the name, of a word, of a keyword, then anywhere; 0 is no match. */
function rank(service: ServiceSummary, wanted: string): number {
  const names = [service.name.de, service.name.en ?? ''];
  const all = names.flatMap(words);
  const keywords = service.keywords.flatMap(words);
  if (names.some((name) => plain(name).startsWith(wanted))) return 4;
  if (all.some((word) => word.startsWith(wanted))) return 3;
  if (keywords.some((word) => word.startsWith(wanted))) return 3;
  return [...all, ...keywords].some((word) => word.includes(wanted)) ? 1 : 0;
}

/** Every word must match; the best first, popular before others, then as the town ordered them. */
export function find(services: readonly ServiceSummary[], typed: string): ServiceSummary[] {
  const wanted = words(typed);
  if (wanted.length === 0) return [];
  return services
    .map((service, place) => ({ service, place, ranks: wanted.map((word) => rank(service, word)) }))
    .filter(({ ranks }) => ranks.every((one) => one > 0))
    .map(({ service, place, ranks }) => ({
      service,
      place,
      score: ranks.reduce((sum, one) => sum + one, 0) + (service.popular ? 1 : 0),
    }))
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ service }) => service);
}

/** The everyday word by which it was found, when its name does not show why. */
export function foundBy(service: ServiceSummary, typed: string): string | null {
  const wanted = words(typed);
  const names = [service.name.de, service.name.en ?? ''].flatMap(words);
  const unseen = wanted.filter((word) => !names.some((name) => name.includes(word)));
  if (unseen.length === 0) return null;
  const fits = (keyword: string) => unseen.some((word) => words(keyword).some((part) => part.includes(word)));
  return service.keywords.find(fits) ?? null;
}
