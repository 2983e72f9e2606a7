import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setLang } from '../../src/shared/i18n/index.svelte';
import { places, type Word } from '../../src/shared/voice/words';
import App from '../../src/terminal/App.svelte';
import { handle } from '../e2e/mock/devices';

const CODE = '48291372';
const town = { name: 'Musterstadt', languages: ['de', 'en'], phone_help: '115', offices: [], clock: { now: '2026-11-23T09:07:00Z', speed: 1, demo: false } };
const change = (body: object) => handle(new Request('http://localhost/api/v1/mock/devices', { method: 'POST', body: JSON.stringify(body) }));

/** A sound card on which every sound is over at once. */
class Card {
  static offsets: number[] = [];
  state = 'running';
  currentTime = 0;
  destination = {};
  createGain = () => ({ gain: { value: 0 }, connect: () => undefined, disconnect: () => undefined });
  createBufferSource = () => {
    const source = Object.assign(new EventTarget(), {
      connect: () => undefined,
      stop: () => undefined,
      start: (_at: number, offset: number) => {
        Card.offsets.push(Math.round(offset * 1000));
        setTimeout(() => source.dispatchEvent(new Event('ended')));
      },
    });
    return source;
  };
  decodeAudioData = async () => ({ duration: 2 });
}

/** What a browser's own voice was asked to say. */
class Voice {
  static said: string[] = [];
  onend: () => void = () => undefined;
  constructor(public text: string) {}
}
function giveVoices(...langs: string[]): void {
  vi.stubGlobal('SpeechSynthesisUtterance', Voice);
  vi.stubGlobal('speechSynthesis', {
    getVoices: () => langs.map((lang) => ({ lang })),
    speak: (words: Voice) => Voice.said.push(words.text),
    cancel: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
}

async function arrive(title = 'Bitte in Wartebereich B'): Promise<void> {
  render(App);
  await screen.findByText('20–30 Min.');
  for (const key of [...CODE, 'Enter']) window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await screen.findByRole('heading', { name: title });
}
const said = (...words: Word[]) => words.map((word) => places.de[word][0]);
const settled = () => new Promise((go) => setTimeout(go, 20));

beforeEach(async () => {
  await change({ reset: true });
  await setLang('de', false);
  [Card.offsets, Voice.said] = [[], []];
  vi.stubGlobal('scrollTo', () => undefined);
  vi.stubGlobal('fetch', async (asked: Request | string) => {
    if (typeof asked === 'string') return new Response(new ArrayBuffer(8));
    const body = new URL(asked.url).pathname.endsWith('/town') ? town : { departments: [], services: [] };
    return (await handle(asked)) ?? new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  });
  localStorage.setItem('lotse.terminal.token', 'token');
});
afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

describe('the answer of a check-in', () => {
  it('is read out in recorded words: number, way and wait', async () => {
    vi.stubGlobal('AudioContext', Card);
    await arrive();
    (await screen.findByRole('button', { name: 'Vorlesen' })).click();
    const all = said('checkedIn', 'yourNumber', 'B', '12', 'goToArea', 'B', 'onFloor', 'groundFloor', 'waitAbout', '10', 'until', '15', 'minutes', 'weCall');
    await vi.waitFor(() => expect(Card.offsets).toEqual(all));
    // Once everything is said the button offers it anew.
    expect((await screen.findByRole('button', { name: 'Vorlesen' })).getAttribute('aria-pressed')).toBe('false');
  });

  it('is read out by a voice of the machine where there are no recorded words', async () => {
    giveVoices('de-DE');
    await arrive();
    (await screen.findByRole('button', { name: 'Vorlesen' })).click();
    await vi.waitFor(() => expect(Voice.said).not.toEqual([]));
    expect(Voice.said[0]).toMatch(/Ihre Nummer: Nummer B 012. Bitte in Wartebereich B. Erdgeschoss Am Empfang links/);
    expect(await screen.findByRole('button', { name: 'Nicht mehr vorlesen' })).toBeTruthy();
  });

  it('offers nothing that nobody would hear', async () => {
    giveVoices('en-GB');
    await arrive();
    await settled();
    expect(screen.queryByRole('button', { name: 'Vorlesen' })).toBeNull();
  });

  it('that is a refusal says at least where help is, and all of it where the machine has a voice', async () => {
    vi.stubGlobal('AudioContext', Card);
    await change({ refusal: 'check_in_code_unknown' });
    await arrive('Diesen Code kennen wir nicht');
    (await screen.findByRole('button', { name: 'Vorlesen' })).click();
    await vi.waitFor(() => expect(Card.offsets).toEqual(said('again', 'reception')));
    cleanup();
    giveVoices('de-DE');
    await arrive('Diesen Code kennen wir nicht');
    (await screen.findByRole('button', { name: 'Vorlesen' })).click();
    await vi.waitFor(() => expect(Voice.said).not.toEqual([]));
    expect(Voice.said[0]).toContain('Diesen Code kennen wir nicht. Er kann alt sein');
  });

  it('falls silent when the next person comes', async () => {
    vi.stubGlobal('AudioContext', class extends Card {});
    await arrive();
    const button = await screen.findByRole('button', { name: 'Vorlesen' });
    button.click();
    screen.getByRole('button', { name: 'Fertig' }).click();
    await settled();
    await screen.findByText('Ich habe einen Code');
    expect(screen.queryByRole('button', { name: 'Nicht mehr vorlesen' })).toBeNull();
  });
});
