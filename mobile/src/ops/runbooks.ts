// The runbooks of infra/runbooks, built into these pages: they are there when the network behind the alert is not, and tell
// of the version that runs. They are written by us, in the little Markdown that runbooks need.
const files = import.meta.glob<string>('../../../infra/runbooks/*.md', { query: '?raw', import: 'default', eager: true });

/** A piece of text: plain, or as one types it. */
export interface Piece {
  text: string;
  code: boolean;
}

export interface Section {
  title: string;
  /** Paragraphs and points in their order; points that follow each other are one list. */
  blocks: { points: boolean; lines: Piece[][] }[];
}

export interface Runbook {
  /** Its file's name, as the alerts give it. */
  name: string;
  alert: string;
  about: string;
  sections: Section[];
}

const pieces = (line: string): Piece[] => line.split('`').map((text, n) => ({ text, code: n % 2 === 1 })).filter(({ text }) => text !== '');

export function read(name: string, text: string): Runbook {
  const [head = '', ...parts] = text.split(/^## /m);
  const [alert = '', ...about] = head.trim().split('\n');
  return {
    name,
    alert: alert.replace(/^# /, ''),
    about: about.join(' ').trim(),
    sections: parts.map((part) => {
      const [title = '', ...lines] = part.trim().split('\n');
      return { title, blocks: blocksOf(lines) };
    }),
  };
}

function blocksOf(lines: readonly string[]): Section['blocks'] {
  const blocks: Section['blocks'] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const points = line.startsWith('- ');
    const last = blocks.at(-1);
    const words = pieces(points ? line.slice(2) : line.trim());
    if (points && last?.points) last.lines.push(words);
    else if (!points && last && line.startsWith('  ')) last.lines.at(-1)?.push({ text: ' ', code: false }, ...words);
    else blocks.push({ points, lines: [words] });
  }
  return blocks;
}

const names = Object.entries(files).map(([path, text]) => ({ name: path.replace(/^.*\/|\.md$/g, ''), text }));

/** All runbooks by the name of their alert; the folder's own list is none. */
export const runbooks: Runbook[] = names
  .filter(({ name }) => name !== 'README')
  .map(({ name, text }) => read(name, text))
  .toSorted((a, b) => a.alert.localeCompare(b.alert));

export const runbook = (name: string): Runbook | null => runbooks.find((one) => one.name === name) ?? null;
