// Languages and typed dictionaries. German is the source of truth: every other language `satisfies` its type, so a
// missing key or a wrong argument does not compile. Each language of each surface is its own small file.
import type { Text } from '../api/types';

export type Lang = 'de' | 'en';

interface Language {
  /** The language's own name. */
  name: string;
  dir: 'ltr' | 'rtl';
  /** For Intl and the lang attribute. */
  locale: string;
}

/** The languages that are complete. A new one is a line here plus a file in every `texts` folder. */
export const languages: Record<Lang, Language> = {
  de: { name: 'Deutsch', dir: 'ltr', locale: 'de-DE' },
  en: { name: 'English', dir: 'ltr', locale: 'en-GB' },
};

const STORED = 'lotse.lang';

let lang = $state<Lang>('de');
const dictionaries: { load(lang: Lang): Promise<void> }[] = [];

export const i18n = {
  get lang(): Lang {
    return lang;
  },
  get locale(): string {
    return languages[lang].locale;
  },
};

export interface Dictionary<T> {
  /** The texts in the language shown now. */
  readonly t: T;
  load(lang: Lang): Promise<void>;
}

type Loaders<T> = Record<Exclude<Lang, 'de'>, () => Promise<{ default: T }>>;

/** A dictionary of one surface or of the shared parts. */
export function dictionary<T>(de: T, others: Loaders<T>): Dictionary<T> {
  let current = $state.raw<T>(de);
  const own: Dictionary<T> = {
    get t() {
      return current;
    },
    async load(wanted) {
      current = wanted === 'de' ? de : (await others[wanted]()).default;
    },
  };
  dictionaries.push(own);
  return own;
}

/** Shows everything in `wanted`. The page keeps its old language when the file cannot be fetched. */
export async function setLang(wanted: Lang, remember = true): Promise<void> {
  await Promise.all(dictionaries.map((one) => one.load(wanted)));
  lang = wanted;
  document.documentElement.lang = wanted;
  document.documentElement.dir = languages[wanted].dir;
  if (remember) localStorage.setItem(STORED, wanted);
}

/** Brings dictionaries that came later than the choice of the language to it. */
export async function catchUp(): Promise<void> {
  await Promise.all(dictionaries.map((one) => one.load(lang)));
}

/** The language chosen before, else the first of the browser's that we have, else German. */
export function preferredLang(offered: readonly string[] = navigator.languages): Lang {
  const wished = [localStorage.getItem(STORED), ...offered.map((tag) => tag.split('-')[0])];
  return wished.find(isLang) ?? 'de';
}

export function isLang(tag: string | null | undefined): tag is Lang {
  return tag != null && tag in languages;
}

/** A text of the backend in the language shown, German where there is no translation. */
export function say(text: Text | null | undefined): string {
  if (!text) return '';
  return (lang === 'en' && text.en) || text.de;
}

/** The lang attribute for `say(text)`: set only where German stands on a page in another language. */
export function saidIn(text: Text | null | undefined): 'de' | undefined {
  return lang === 'de' || (lang === 'en' && text?.en) ? undefined : 'de';
}

/** The form of a counted phrase, by the plural rules of the language. */
export function plural(language: Lang, n: number, forms: { one: string; other: string }): string {
  return new Intl.PluralRules(languages[language].locale).select(n) === 'one' ? forms.one : forms.other;
}
