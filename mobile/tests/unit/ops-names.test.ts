// What the backend can name must have a name for people: read from the backend's own list, so that none is forgotten.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import de from '../../src/ops/texts/de';
import en from '../../src/ops/texts/en';
import { causeName, jobResult } from '../../src/ops/words';

const source = (path: string) => readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((found) => found[1] ?? '');

const kinds = all(source('backend/domain/src/messaging/notification/kind.rs'), /Kind::\w+ => "(\w+)"/g);
const counted = all(source('workers/src/timetable.rs'), /\("(\w+)", /g);
const jobs = all(source('workers/src/timetable.rs'), /Entry \{ name: "(\w+)"/g);

describe.each([['German', de], ['English', en]])('operations in %s', (_, texts) => {
  it('names every kind of message', () => {
    expect(kinds.length).toBeGreaterThan(10);
    expect(kinds.filter((kind) => !(kind in texts.kinds))).toEqual([]);
  });
  it('has words for whatever a job counts, for one and for many', () => {
    expect(counted.length).toBeGreaterThan(15);
    expect(counted.filter((what) => !(what in texts.overview.jobCounts))).toEqual([]);
    expect(Object.keys(texts.overview.jobCounts).filter((what) => !counted.includes(what))).toEqual([]);
  });
  it('names every regular job', () => {
    expect(jobs.length).toBeGreaterThan(6);
    expect(jobs.filter((job) => !(job in texts.overview.jobNames))).toEqual([]);
  });
});

describe('the result of a job', () => {
  it('is told in the language of the page', () => {
    expect(jobResult([{ what: 'left_counters', count: 1 }])).toBe('1 verlassener Platz');
    expect(jobResult([{ what: 'inbound', count: 0 }, { what: 'reports', count: 1200 }])).toBe('1.200 Berichte nachgeholt');
    expect(jobResult([{ what: 'left_counters', count: 0 }])).toBe('nichts zu tun');
  });
});

describe('why an attempt failed', () => {
  it('blames no carrier for what a push service refuses', () => {
    expect(causeName('G', 'push')).toBe(de.acts.refusedPush);
    expect(causeName('G', 'sms')).toBe(de.acts.classes['G']);
    expect(causeName('?', 'sms')).toBe('?');
  });
});
