// The shared styles: a page's rules come after those of the parts and must not undo what a part says of its own states.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const sheet = (name: string) => readFileSync(`src/shared/styles/${name}.css`, 'utf8');
/** The single classes a sheet has rules for at the margin, such as `.dot`. */
const classes = (name: string) => [...sheet(name).matchAll(/^\.([\w-]+)(?=[ ,{])/gm)].flatMap((found) => found[1] ?? []);

describe('the pages', () => {
  it('leave a part that has states to itself', () => {
    const parts = classes('components');
    const withStates = parts.filter((one) => parts.some((other) => other.startsWith(`${one}--`)));
    expect(withStates).toContain('dot');
    expect(classes('pages').filter((one) => withStates.includes(one))).toEqual([]);
  });
});
