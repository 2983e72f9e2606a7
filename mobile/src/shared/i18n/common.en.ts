import { shortName } from '../town-name';
import type { Common } from './common.de';

const en = {
  back: 'Back',
  close: 'Close',
  next: 'Continue',
  cancel: 'Cancel',
  retry: 'Try again',
  loading: 'Loading …',
  floor: (level) =>
    level === 0
      ? 'ground floor'
      : level > 0
        ? `${level}${({ 1: 'st', 2: 'nd', 3: 'rd' } as Record<number, string>)[level] ?? 'th'} floor`
        : `basement${level === -1 ? '' : ` ${-level}`}`,
  language: 'Language',
  chooseLanguage: 'Choose a language',
  official: (town) => `Official website – City of ${shortName(town)}`,
  skip: 'Skip to content',
  demo: 'Demo',
  demoTime: 'simulated time',
  demoExplained: 'A demonstration with invented data. The town’s clock is simulated.',
  optional: '(optional)',
  error: 'Error',
  number: 'Number',
  step: (n, of) => `Step ${n} of ${of}`,
  minutes: (n) => `${n}\u00a0min`,
  minutesLong: (n) => (n === 1 ? '1 minute' : `${n} minutes`),
  seconds: (n) => (n === 1 ? '1 second' : `${n} seconds`),
  hours: (n) => (n === 1 ? '1 hour' : `${n} hours`),
  clock: (time) => time,
  range: (low, high) => (low === high ? `${high}\u00a0min` : `${low}–${high}\u00a0min`),
  rangeLong: 'over 45 min',
  today: 'today',
  tomorrow: 'tomorrow',
  free: 'free of charge',
  from: (amount) => `from ${amount}`,
  checkErrors: (n) => (n === 1 ? 'Please check one entry' : `Please check ${n} entries`),
  connection: {
    live: (time) => `As of ${time}, updates by itself`,
    connecting: 'Connecting …',
    broken: 'Connection lost',
    age: (age) => `What you see is ${age} old. We reconnect by ourselves.`,
    offline: 'No connection',
    offlineMore: 'You are offline. What you see here is stored on this device.',
    nextTry: (left) => `Next try in ${left}`,
  },
  calendar: {
    earlier: 'earlier days',
    later: 'later days',
    freeSlots: (n) => `${n} free`,
    full: 'full',
    closed: 'shut',
    today: 'today',
    morning: 'Morning',
    afternoon: 'Afternoon',
  },
  stepper: { less: 'one person fewer', more: 'one person more' },
  qr: 'QR code with your check-in code',
  newVersion: 'There is a new version of these pages.',
  takeNewVersion: 'Load it now',
  problems: {
    unreachable: 'We cannot reach the town hall right now. What you typed is kept. Please try again in a moment.',
    internal: 'Something went wrong on our side. What you typed is kept. Please try again.',
    not_found: 'This does not exist here, or no longer.',
    unauthorized: 'Please sign in.',
    forbidden: 'You do not have permission for this.',
    too_many_requests: 'Those were many attempts. Please wait a moment.',
    payload_too_large: 'That is too much text.',
  },
} satisfies Common;

export default en;
