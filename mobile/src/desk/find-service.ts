// Finds services by what people say: the beginning of the name first, then everyday words, then anything inside.
import type { ServiceSummary } from '$shared/api/types';
import { fold } from './search';

/** The best matches first; nothing typed lists the popular services. */
export function findServices(services: readonly ServiceSummary[], query: string, most = 8): ServiceSummary[] {
  const wanted = fold(query);
  if (!wanted) return services.filter((service) => service.popular).slice(0, most);
  return services
    .map((service) => ({ service, rank: rankOf(service, wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || Number(b.service.popular) - Number(a.service.popular) || a.service.name.de.localeCompare(b.service.name.de, 'de'))
    .slice(0, most)
    .map(({ service }) => service);
}

function rankOf(service: ServiceSummary, wanted: string): number {
  const names = [service.name.de, service.name.en ?? ''].map(fold);
  const keywords = service.keywords.map(fold);
  if (keywords.includes(wanted) || names.includes(wanted)) return 5;
  if (names.some((name) => name.startsWith(wanted))) return 4;
  if (keywords.some((keyword) => keyword.startsWith(wanted))) return 3;
  const words = wanted.split(' ');
  const all = [...names, ...keywords].join(' ');
  if (words.every((word) => all.includes(word))) return names.some((name) => words.every((word) => name.includes(word))) ? 2 : 1;
  return 0;
}
