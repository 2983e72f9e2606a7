// Makes the spoken words of displays and terminals: `node build/voice.mjs` (apt install espeak-ng opus-tools). One file
// of sound for each language and an index of where each word stands in it, both committed; run it again only when a word
// is added. A town that prefers a person's voice replaces both: the words are the same.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const out = new URL('../src/shared/voice/', import.meta.url);
const RATE = 22_050;
/** Silence between two words of the file, so that the encoder cannot smear one into the next. */
const GAP_S = 0.06;
const LOUDEST = 0.89;
/** Quieter than this at the ends of a word is silence (of 32,767). */
const QUIET = 180;

/** What calls, tickets and ways are made of. Both languages have the same keys; `shared/voice/sentences.ts` joins them. */
const phrases = {
  de: {
    number: 'Nummer,',
    to: 'bitte zu',
    place: 'Platz',
    desk: 'Schalter',
    room: 'Zimmer',
    chamber: 'Raum',
    table: 'Tisch',
    office: 'Büro',
    cash: 'Kasse',
    point: 'Punkt',
    welcome: 'Guten Tag.',
    checkedIn: 'Sie sind angemeldet.',
    yourNumber: 'Ihre Nummer ist',
    area: 'Wartebereich',
    goToArea: 'Bitte gehen Sie zum Wartebereich',
    waitInArea: 'Bitte warten Sie im Wartebereich',
    onFloor: 'Er ist im',
    groundFloor: 'Erdgeschoss',
    basement: 'Untergeschoss',
    floor1: 'ersten Obergeschoss',
    floor2: 'zweiten Obergeschoss',
    floor3: 'dritten Obergeschoss',
    floor4: 'vierten Obergeschoss',
    floor5: 'fünften Obergeschoss',
    floor6: 'sechsten Obergeschoss',
    floor7: 'siebten Obergeschoss',
    floor8: 'achten Obergeschoss',
    floor9: 'neunten Obergeschoss',
    lift: 'Sie können den Aufzug nehmen.',
    left: 'links',
    right: 'rechts',
    straight: 'geradeaus',
    waitAbout: 'Die Wartezeit beträgt etwa',
    until: 'bis',
    minutes: 'Minuten.',
    weCall: 'Wir rufen Ihre Nummer auf.',
    outside: 'Bitte warten Sie draußen.',
    comeIn: 'Bitte kommen Sie herein.',
    again: 'Bitte versuchen Sie es noch einmal.',
    reception: 'Bitte fragen Sie am Empfang.',
  },
  en: {
    number: 'Number,',
    to: 'please go to',
    place: 'counter',
    desk: 'desk',
    room: 'room',
    chamber: 'room',
    table: 'table',
    office: 'office',
    cash: 'the cash desk',
    point: 'point',
    welcome: 'Welcome.',
    checkedIn: 'You are checked in.',
    yourNumber: 'Your number is',
    area: 'waiting area',
    goToArea: 'Please go to waiting area',
    waitInArea: 'Please wait in waiting area',
    onFloor: 'It is on the',
    groundFloor: 'ground floor',
    basement: 'basement floor',
    floor1: 'first floor',
    floor2: 'second floor',
    floor3: 'third floor',
    floor4: 'fourth floor',
    floor5: 'fifth floor',
    floor6: 'sixth floor',
    floor7: 'seventh floor',
    floor8: 'eighth floor',
    floor9: 'ninth floor',
    lift: 'You can take the lift.',
    left: 'left',
    right: 'right',
    straight: 'straight on',
    waitAbout: 'The wait is about',
    until: 'to',
    minutes: 'minutes.',
    weCall: 'We will call your number.',
    outside: 'Please wait outside.',
    comeIn: 'Please come in.',
    again: 'Please try again.',
    reception: 'Please ask at reception.',
  },
};

/** Letters as they are spelled; a lone letter would be taken for a word in some places. */
const letters = { de: { Y: 'Ypsilon' }, en: { A: 'ay', Z: 'zed' } };
const voices = { de: 'de', en: 'en-gb' };

function textsOf(lang) {
  const texts = { ...phrases[lang] };
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') texts[letter] = `${letters[lang][letter] ?? letter}.`;
  for (let n = 0; n < 100; n++) texts[n] = String(n);
  // 100 to 900 stand before the rest of the number: "one hundred and" – "twelve".
  for (let h = 1; h < 10; h++) {
    texts[`${h}00`] = String(h * 100);
    texts[`${h}00+`] = lang === 'en' ? `${h} hundred and` : `${h}hundert`.replace('1h', 'einh');
  }
  return texts;
}

function spoken(text, lang, folder) {
  const file = path.join(folder, 'word.wav');
  run('espeak-ng', ['-v', voices[lang], '-s', '150', '-a', '140', '-w', file, text]);
  const wav = fs.readFileSync(file);
  const all = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length - (wav.length % 2)));
  const loud = (sample) => Math.abs(sample) > QUIET;
  const from = Math.max(0, all.findIndex(loud) - Math.round(RATE * 0.01));
  const to = Math.min(all.length, all.findLastIndex(loud) + Math.round(RATE * 0.03));
  const word = all.slice(from, to);
  const peak = word.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
  return word.map((sample) => Math.round((sample * LOUDEST * 32_767) / peak));
}

function run(program, args) {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program}: ${done.error?.message ?? done.stderr}`);
}

function make(lang) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lotse-voice-'));
  const index = {};
  const parts = [];
  let at = Math.round(RATE * GAP_S);
  for (const [key, text] of Object.entries(textsOf(lang))) {
    const word = spoken(text, lang, folder);
    index[key] = [Math.round((at / RATE) * 1000), Math.round((word.length / RATE) * 1000)];
    parts.push([at, word]);
    at += word.length + Math.round(RATE * GAP_S);
  }
  const whole = new Int16Array(at);
  for (const [from, word] of parts) whole.set(word, from);
  const raw = path.join(folder, 'whole.raw');
  fs.writeFileSync(raw, Buffer.from(whole.buffer));
  const file = new URL(`voice-${lang}.ogg`, out).pathname;
  const form = ['--raw', '--raw-rate', String(RATE), '--raw-chan', '1', '--bitrate', '12', '--speech', '--quiet'];
  run('opusenc', [...form, '--serial', '1', '--discard-comments', raw, file]);
  const lines = Object.entries(index).map(([key, place]) => `  ${JSON.stringify(key)}: ${JSON.stringify(place)}`);
  fs.writeFileSync(new URL(`voice-${lang}.json`, out), `{\n${lines.join(',\n')}\n}\n`);
  fs.rmSync(folder, { recursive: true });
  console.log(`${lang}: ${lines.length} words, ${Math.round(at / RATE)} s, ${Math.round(fs.statSync(file).size / 1024)} KiB`);
}

for (const lang of Object.keys(phrases)) make(lang);
