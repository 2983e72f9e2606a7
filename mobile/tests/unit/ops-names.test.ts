// What the backend can name must have a name for people: read from the backend's own list, so that none is forgotten.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import de from '../../src/ops/texts/de';
import en from '../../src/ops/texts/en';

const source = (path: string) => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((found) => found[1] ?? '');

const kinds = all(source('backend/domain/src/messaging/notification/kind.rs'), /Kind::\w+ => "(\w+)"/g);
const jobs = all(source('workers/src/timetable.rs'), /Entry \{ name: "(\w+)"/g);

describe.each([['German', de], ['English', en]])('operations in %s', (_, texts) => {
  it('names every kind of message', () => {
    expect(kinds.length).toBeGreaterThan(10);
    expect(kinds.filter((kind) => !(kind in texts.kinds))).toEqual([]);
  });
  it('names every regular job', () => {
    expect(jobs.length).toBeGreaterThan(6);
    expect(jobs.filter((job) => !(job in texts.overview.jobNames))).toEqual([]);
  });
});
