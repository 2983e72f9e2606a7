import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Speaker } from '../../src/shared/voice/speaker';
import { answerWords, areaWords, callWords, counterWords, numberWords, places, ticketWords, type Word } from '../../src/shared/voice/words';

describe('what can be said', () => {
  it('is the same in both languages', () => {
    expect(Object.keys(places.en)).toEqual(Object.keys(places.de));
  });

  it('stands in the file of its language, one word after the other', () => {
    for (const lang of ['de', 'en'] as const) {
      const words = Object.values(places[lang]).sort(([a = 0], [b = 0]) => a - b);
      for (const [n, [from = 0, length = 0]] of words.entries()) {
        expect(length).toBeGreaterThan(100);
        expect(length).toBeLessThan(3_000);
        expect(words[n + 1]?.[0] ?? Infinity).toBeGreaterThan(from + length);
      }
      const file = fs.readFileSync(`src/shared/voice/voice-${lang}.ogg`);
      expect(file.subarray(0, 4).toString()).toBe('OggS');
      expect(file.length).toBeLessThan(300 * 1024);
    }
  });

  it('numbers as one says them', () => {
    expect(numberWords('7')).toEqual(['7']);
    expect(numberWords('87')).toEqual(['87']);
    expect(numberWords('100')).toEqual(['100']);
    expect(numberWords('214')).toEqual(['200+', '14']);
    expect(numberWords('014')).toEqual(['0', '1', '4']);
    expect(numberWords('1024')).toEqual(['1', '0', '2', '4']);
    expect(numberWords('three')).toBeNull();
  });

  it('every ticket up to 999, and longer ones digit by digit', () => {
    for (let n = 1; n < 1000; n++) expect(ticketWords('B', String(n).padStart(3, '0'))).not.toBeNull();
    expect(ticketWords('B', '012')).toEqual(['B', '12']);
    expect(ticketWords('B', '1001')).toEqual(['B', '1', '0', '0', '1']);
    expect(ticketWords('Ä', '012')).toBeNull();
  });

  it('counters as towns name them, and those it cannot say are left to gong and picture', () => {
    expect(counterWords('Platz 3')).toEqual(['place', '3']);
    expect(counterWords('7')).toEqual(['place', '7']);
    expect(counterWords('Zimmer A 2.14')).toEqual(['room', 'A', '2', 'point', '14']);
    expect(counterWords('Schalter 3-4')).toEqual(['desk', '3', '4']);
    expect(counterWords('Trauzimmer')).toBeNull();
    expect(counterWords('Platz 3 (hinten)')).toBeNull();
    expect(counterWords('')).toBeNull();
  });

  it('a call and a way', () => {
    const call = { letter: 'B', digits: '012', counter_name: 'Platz 3' };
    expect(callWords(call)).toEqual(['number', 'B', '12', 'to', 'place', '3']);
    expect(callWords({ ...call, counter_name: 'Trauzimmer' })).toBeNull();
    expect(areaWords('C', 1)).toEqual(['goToArea', 'C', 'onFloor', 'floor1']);
    expect(areaWords('C', 0)).toEqual(['goToArea', 'C', 'onFloor', 'groundFloor']);
    expect(areaWords('C', null)).toEqual(['goToArea', 'C']);
    expect(areaWords('C', 12)).toBeNull();
  });

  it('what a terminal answers', () => {
    const wait = { low_min: 20, high_min: 30, long: false };
    const answer = { letter: 'B', digits: '012', area: 'C', level: 1, outside: false, checkedIn: true, wait };
    const number: Word[] = ['yourNumber', 'B', '12'];
    const way: Word[] = ['goToArea', 'C', 'onFloor', 'floor1'];
    expect(answerWords(answer)).toEqual(['checkedIn', ...number, ...way, 'waitAbout', '20', 'until', '30', 'minutes', 'weCall']);
    expect(answerWords({ ...answer, checkedIn: false, wait: { ...wait, long: true } })).toEqual([...number, ...way, 'weCall']);
    expect(answerWords({ ...answer, outside: true, wait: null })).toEqual(['checkedIn', ...number, 'outside', 'weCall']);
    expect(answerWords({ ...answer, wait: { low_min: 5, high_min: 5, long: false } })).toContain('waitAbout');
    expect(answerWords({ ...answer, level: 12 })).toBeNull();
    expect(answerWords({ ...answer, letter: 'Ä' })).toBeNull();
  });
});

/** A sound card on which every sound lasts until the test ends it. */
class Card {
  static state = 'running';
  static offsets: number[] = [];
  static last: EventTarget | null = null;
  state = Card.state;
  currentTime = 0;
  destination = {};
  createGain() {
    return { gain: { value: 0 }, connect: () => undefined, disconnect: () => undefined };
  }
  createBufferSource() {
    const source = Object.assign(new EventTarget(), {
      connect: () => undefined,
      stop: () => source.dispatchEvent(new Event('ended')),
      start: (_at: number, offset: number) => {
        Card.offsets.push(Math.round(offset * 1000));
        Card.last = source;
      },
    });
    return source;
  }
  decodeAudioData = async () => ({ duration: 2 });
  resume = async () => undefined;
}
const end = async () => {
  Card.last?.dispatchEvent(new Event('ended'));
  await new Promise((go) => setTimeout(go));
};
/** What was played since the last look: the gong (0), or the words by where they stand in their file. */
const heard = () => Card.offsets.splice(0);
const place = (word: Word, lang: 'de' | 'en' = 'de') => places[lang][word][0];
const german = (...words: Word[]) => ({ lang: 'de' as const, words });

describe('a speaker', () => {
  beforeEach(() => {
    Card.state = 'running';
    Card.offsets = [];
    vi.stubGlobal('AudioContext', Card);
    vi.stubGlobal('fetch', async () => new Response(new ArrayBuffer(8)));
  });
  afterEach(() => vi.unstubAllGlobals());

  it('plays calls one after the other, never over each other, and wakes the room once', async () => {
    const speaker = new Speaker();
    expect(await speaker.enable(['de'])).toBe(true);
    expect([speaker.speaks('de'), speaker.speaks('en')]).toEqual([true, false]);
    void speaker.announce([german('B', '12')]);
    void speaker.announce([german('B', '13')]);
    expect(heard()).toEqual([0]);
    await end();
    expect(heard()).toEqual([place('B'), place('12')]);
    expect(speaker.waiting).toBe(1);
    await end();
    expect(heard()).toEqual([place('B'), place('13')]);
    await end();
    speaker.announce([]);
    expect(heard()).toEqual([0]);
  });

  it('says only the first language while several wait', async () => {
    const speaker = new Speaker();
    await speaker.enable(['de', 'en']);
    const both = [german('1'), { lang: 'en' as const, words: ['2'] as Word[] }];
    for (let n = 0; n < 3; n++) speaker.announce(both, { gong: false });
    const said: number[] = [];
    for (let n = 0; n < 6; n++) {
      said.push(...heard());
      await end();
    }
    const [one, two] = [place('1'), place('2', 'en')];
    expect(said).toEqual([one, one, two, one, two]);
  });

  it('forgets what waited when it is told to stop', async () => {
    const speaker = new Speaker();
    await speaker.enable(['de']);
    speaker.announce([german('1')]);
    speaker.announce([german('2')]);
    heard();
    speaker.stop();
    await end();
    expect([speaker.waiting, heard()]).toEqual([0, []]);
  });

  it('says when a sentence is over, also one that was never begun', async () => {
    const speaker = new Speaker();
    await speaker.enable(['de']);
    const over: number[] = [];
    void speaker.announce([german('1')], { gong: false }).then(() => over.push(1));
    void speaker.announce([german('2')], { gong: false }).then(() => over.push(2));
    await end();
    expect(over).toEqual([1]);
    speaker.stop();
    await end();
    expect(over).toEqual([1, 2]);
    heard();
  });

  it('stays silent while the browser wants it, and does not make up for it later', async () => {
    Card.state = 'suspended';
    const speaker = new Speaker();
    expect(await speaker.enable(['de'])).toBe(false);
    speaker.announce([german('1')]);
    expect([speaker.waiting, heard()]).toEqual([0, []]);
  });
});
