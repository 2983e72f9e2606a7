import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceSummary } from '$shared/api/types';
import { distance, find } from '$shared/find';

interface Entry {
  slug: string;
  name_de: string;
  name_en: string;
  keywords: string[];
  flags?: string[];
}

const catalogue = JSON.parse(readFileSync('../backend/lotse/data/catalogue.json', 'utf8')) as { services: Entry[] };
const services = catalogue.services.map((entry) => ({
  slug: entry.slug,
  name: { de: entry.name_de, en: entry.name_en },
  keywords: entry.keywords,
  popular: entry.flags?.includes('popular') ?? false,
})) as unknown as ServiceSummary[];

const best = (typed: string) => find(services, typed)[0]?.slug;

describe('searching a service by everyday words', () => {
  it.each([
    ['Perso', 'personalausweis-beantragen'],
    ['neuer Pass', 'reisepass-beantragen'],
    ['Ummelden', 'wohnsitz-ummelden'],
    ['ich brauche einen neuen Reisepass', 'reisepass-beantragen'],
    ['Führerschein umtauschen', 'fuehrerschein-umtausch'],
    ['fuehrungszeugnis', 'fuehrungszeugnis'],
    ['passport', 'reisepass-beantragen'],
  ])('%s', (typed, slug) => {
    expect(best(typed)).toBe(slug);
  });

  it.each([
    ['Presonalausweis', 'personalausweis-beantragen'],
    ['Personalausweiss', 'personalausweis-beantragen'],
    ['Reisepas', 'reisepass-beantragen'],
    ['Führungzeugnis', 'fuehrungszeugnis'],
    ['Umelden', 'wohnsitz-ummelden'],
    ['Meldebescheingung', 'meldebescheinigung'],
  ])('mistyped: %s', (typed, slug) => {
    expect(best(typed)).toBe(slug);
  });

  it('finds nothing for what no town does, for nothing, and for signs', () => {
    for (const typed of ['Xylophonquark', '', '  ', '?!', '😀']) expect(find(services, typed)).toEqual([]);
  });

  it('finds every service by its whole name', () => {
    for (const service of services) expect(find(services, service.name.de).slice(0, 3)).toContain(service);
  });

  it('counts slips as people make them', () => {
    expect(distance('pass', 'pass')).toBe(0);
    expect(distance('psas', 'pass')).toBe(1);
    expect(distance('pas', 'pass')).toBe(1);
    expect(distance('paass', 'pass')).toBe(1);
    expect(distance('pest', 'pass')).toBe(2);
  });
});
