// Pages by address. After each move the new page's heading gets the focus and the title follows it, which is how a
// screen reader learns that something happened.
import { tick } from 'svelte';

let path = $state(location.pathname);
let search = $state(location.search);
let visits = $state(0);
let titleSuffix = '';

export const route = {
  get path(): string {
    return path;
  },
  /** Counts arrivals, also at the address one is at already. */
  get visits(): number {
    return visits;
  },
  get query(): URLSearchParams {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a fresh read-only copy on every change
    return new URLSearchParams(search);
  },
};

/** What follows the page's heading in the title, e.g. "Termine Musterstadt". */
export function setTitleSuffix(suffix: string): void {
  titleSuffix = suffix;
  nameThePage();
}

/** Sets the title from the page's heading. */
export function nameThePage(): void {
  const heading = document.querySelector('h1')?.textContent?.trim();
  document.title = [heading, titleSuffix].filter(Boolean).join(' – ');
}

async function arrive(focus: boolean): Promise<void> {
  path = location.pathname;
  search = location.search;
  visits += 1;
  await tick();
  if (focus) arrived();
  else nameThePage();
}

/** Names the page and puts the reader at its heading; also for a page that came later than its address. */
export function arrived(): void {
  nameThePage();
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  // Where one comes to type, typing begins at once.
  const field = document.querySelector<HTMLElement>('[data-arrive]');
  const target = named ?? field ?? document.querySelector<HTMLElement>('h1');
  if (named) named.scrollIntoView();
  else scrollTo(0, 0);
  if (!target) return;
  if (target === field) return field.focus();
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** Asks before what is typed would be lost; `proceed` leaves all the same. */
type Guard = (proceed: () => void) => boolean;
let guard: Guard | null = null;

/** Lets a page ask before links leave it: `ask` answers whether it does. Gives what takes it back. */
export function askBeforeLeaving(ask: Guard): () => void {
  guard = ask;
  return () => {
    if (guard === ask) guard = null;
  };
}

/** Moves to an address of this surface. */
export async function go(to: string, how: { replace?: boolean } = {}): Promise<void> {
  if (how.replace) history.replaceState({ depth: depth() }, '', to);
  else history.pushState({ depth: depth() + 1 }, '', to);
  await arrive(true);
}

/** Goes back within the app, or to `fallback` when the page was opened from outside. */
export function back(fallback: string): void {
  if (depth() > 0) history.back();
  else void go(fallback, { replace: true });
}

function depth(): number {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'depth' in state ? Number(state.depth) : 0;
}

/** Makes plain links of this origin move inside the app. Call once at start. */
export function followLinks(belongs: (path: string) => boolean): void {
  addEventListener('popstate', () => {
    const here = path + search;
    const there = location.pathname + location.search + location.hash;
    if (here !== there && guard?.(() => void go(there))) history.pushState({ depth: depth() + 1 }, '', here);
    else void arrive(true);
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.getAttribute('href')?.startsWith('#') || !belongs(link.pathname)) return;
    event.preventDefault();
    const there = link.pathname + link.search + link.hash;
    if (!guard?.(() => void go(there))) void go(there);
  });
}

/** What an encoded part of an address says; null when somebody has cut it in the middle of a letter. */
function readable(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The parts of the address named in `pattern` ("/service/:slug"), or null when it does not fit. */
export function match(pattern: string, address: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = address.split('/').filter(Boolean);
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) {
      const plain = readable(value);
      if (plain === null) return null;
      found[part.slice(1)] = plain;
    } else if (part !== value) return null;
  }
  return found;
}
