// Splits the text of an SMS into what a phone makes tappable: links and codes. The rest stays plain text.

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'code'; text: string; digits: string };

/** A link with or without scheme (short texts leave it out), a check-in code, or a six-digit verification code. */
const TAPPABLE =
  /(?<link>(?:https?:\/\/|(?:localhost|127\.0\.0\.1)(?::\d+)?\/|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/)[^\s<>"]*[^\s<>".,;:!?)])|(?<!\d)(?<code>\d{4}-\d{4}|\d{6})(?!\d)/giu;

/**
 * The parts in order, nothing lost: their texts joined are the body. Links to the town lead to this very server,
 * because in the demo the address in the SMS may be the one of the printed settings, not the one in the address bar.
 */
export function partsOf(body: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of body.matchAll(TAPPABLE)) {
    if (match.index > at) parts.push({ kind: 'text', text: body.slice(at, match.index) });
    const { link, code } = match.groups ?? {};
    if (link !== undefined) parts.push({ kind: 'link', text: link, href: here(link) });
    else if (code !== undefined) parts.push({ kind: 'code', text: code, digits: code.replace('-', '') });
    at = match.index + match[0].length;
  }
  if (at < body.length) parts.push({ kind: 'text', text: body.slice(at) });
  return parts;
}

/** The path of a link, on this origin: "t.stadt.de/7FQ2MKD9TR" and "http://127.0.0.1:8080/t/7FQ2MKD9TR" both open /t/…. */
function here(link: string): string {
  const whole = /^https?:\/\//i.test(link) ? link : `http://${link}`;
  if (!URL.canParse(whole)) return '/';
  const { pathname, search, hash } = new URL(whole);
  const path = /^\/[0-9a-z]{10}$/i.test(pathname) ? `/t${pathname}` : pathname;
  return path + search + hash;
}
