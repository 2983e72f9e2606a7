// Search within today's lists: by number, name or service, in whatever order the words are typed.
import type { Expected, Item, QueueView, Visit } from '$shared/api/types';

export type Where = 'current' | 'here' | 'late' | 'expected' | 'parked' | 'missed';

export type Hit =
  | { where: 'current' | 'here' | 'parked' | 'missed'; visit: Visit }
  | { where: 'late' | 'expected'; booking: Expected };

/** Everybody in today's lists who matches every typed word. Nothing typed finds nobody. */
export function search(queue: QueueView, query: string, most = 12): Hit[] {
  const words = fold(query).split(' ').filter(Boolean);
  if (words.length === 0) return [];
  const joined = words.join('');
  const matches = (text: string) => {
    const folded = fold(text);
    return words.every((word) => folded.includes(word)) || folded.replaceAll(' ', '').includes(joined);
  };
  return everybody(queue)
    .filter((hit) => matches(textOf(hit)))
    .slice(0, most);
}

/** Everybody the desk knows of today, the nearest to the counter first. */
export function everybody(queue: QueueView): Hit[] {
  const visits = (where: 'current' | 'here' | 'parked' | 'missed', list: readonly Visit[]) =>
    list.map((visit): Hit => ({ where, visit }));
  const bookings = (where: 'late' | 'expected', list: readonly Expected[]) =>
    list.map((booking): Hit => ({ where, booking }));
  return [
    ...visits('current', queue.current ? [queue.current] : []),
    ...visits('here', queue.here),
    ...bookings('late', queue.late),
    ...bookings('expected', queue.expected),
    ...visits('parked', queue.parked),
    ...visits('missed', queue.missed),
  ];
}

function textOf(hit: Hit): string {
  if ('visit' in hit) return `${hit.visit.number} ${hit.visit.name ?? ''} ${servicesText(hit.visit.items)}`;
  return `${hit.booking.name} ${servicesText(hit.booking.items)}`;
}

function servicesText(items: readonly Item[]): string {
  return items.map((item) => `${item.name.de} ${item.name.en ?? ''}`).join(' ');
}

/** Lower case without accents, so that "Ayse" finds "Ayşe" and "uber" finds "Über"; commas and dashes are spaces. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
