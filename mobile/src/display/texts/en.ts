import type { DisplayTexts } from './de';

const minutes = (n: number): string => (n === 1 ? '1 minute' : `${n} minutes`);

const en: DisplayTexts = {
  display: 'Display',
  zone: (letter) => `Waiting area ${letter}`,
  zones: (letters) => `Waiting areas ${letters}`,
  calls: 'Current calls',
  number: 'Number',
  place: 'Counter',
  recent: 'Called before',
  nobodyYet: 'Nobody has been called today yet.',
  quiet: 'No call right now',
  quietSub: 'Your number appears here when it is your turn.',
  wait: 'Without appointment about',
  comeIn: 'Please come in',
  outside: 'The house is full, waiting outside',
  foyer: 'Foyer code',
  waitUnknown: 'Waiting time',
  askReception: 'Ask at reception',
  called: (number, place) => `${number}, please go to ${place}`,
  watch: 'Please watch for your number.',
  watchAlso: { lang: 'de', text: 'Bitte achten Sie auf Ihre Nummer.' },
  asOf: (time) => `As of ${time}`,
  stale: (min) =>
    min < 1
      ? 'The connection is interrupted. We call out your number in the waiting area.'
      : `No new data for ${minutes(min)}. We now call out your number in the waiting area.`,
  starting: 'The display is starting …',
  noConnection: 'No connection yet',
  noConnectionText: 'The display keeps trying. Please ask reception for your number.',
  soundOff: 'Switch on sound',
  soundHint: 'The gong is silent until somebody taps here or presses a key once.',
  demoClock: 'Demonstration',
  enrol: {
    title: 'Register this display',
    text: 'Enter the code that the administration sees under “Geräte”.',
    label: 'Registration code',
    example: 'for example K7Q4-M2PX',
    go: 'Register',
    wrong: 'This code is not valid or no longer valid. Have a new one shown under “Geräte”.',
    network: 'The server does not answer. Check the network and try again.',
    otherKind: 'This code is for another device (terminal instead of display).',
    revoked: 'This display has been signed off',
    revokedText: 'For the administration: have a new code shown under “Geräte” and enter it here.',
  },
};

export default en;
