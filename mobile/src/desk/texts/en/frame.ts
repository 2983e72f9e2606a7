// English. Around every page: rail, search, counter menu, choice of the counter, help, states of a page.
import type de from '../de/frame';

const minutes = (n: number) => `${n} min`;
const persons = (n: number) => (n === 1 ? '1 person' : `${n} people`);

const frame = {
  title: 'Workplace',
  rail: {
    label: 'Areas',
    calls: 'Calls',
    day: 'Day',
    week: 'Week',
    caller: 'Callers',
    devices: 'Devices',
    staff: 'Staff',
    statistics: 'Statistics',
    help: 'Help',
  },

  minutes,
  persons,
  withoutAppointment: 'none',
  clock: (time) => time,
  search: {
    label: 'Search today’s lists',
    placeholder: 'Number, name or service',
    key: 'Ctrl K',
    results: 'Results',
    found: (n) => (n === 1 ? '1 result' : `${n} results`),
    nothing: (query) => `Nothing found for “${query}”.`,
    hint: 'Searches today’s lists: here, late, expected, parked, missed.',
    where: {
      current: 'with you',
      here: 'here',
      late: 'late',
      expected: 'expected',
      parked: 'parked',
      missed: 'missed',
    },
  },

  counterMenu: {
    none: 'No counter',
    open: (counter, state) => `${counter}, ${state}`,
    pause: 'Take a break',
    resume: 'End the break',
    change: 'Change counter',
    close: 'Close the counter',
    signOut: 'Sign out',
    signedInAs: (name) => `Signed in: ${name}`,
  },

  counterState: {
    closed: 'closed',
    free: 'free',
    calling: 'calling',
    serving: 'serving',
    paused: 'break',
  },

  counters: {
    title: 'Which counter do you work at?',
    lead: 'The counter appears on the display when you call somebody.',
    zone: (letter) => `Waiting zone ${letter}`,
    take: (counter) => `Open ${counter}`,
    yours: 'Your counter',
    takenBy: (name) => `taken: ${name}`,
    takenNow: (counter, name) => `${name} has just opened ${counter}. Please choose another one.`,
    empty: 'No counter has been set up yet.',
    emptyHint: 'The administration creates counters when an office is set up.',
    free: 'free',
    officeFilter: 'Office',
    allOffices: 'All offices',
    freeOf: (free, all) => (free === 0 ? 'all counters taken' : `${free} of ${all} counters free`),
    takenCount: (n) => (n === 1 ? '1 counter taken' : `${n} counters taken`),
    continue: (counter) => `Continue at ${counter}`,
  },

  help: {
    title: 'Help and keys',
    close: 'Close',
    keys: 'Keys',
    caption: 'Keyboard shortcuts',
    columns: { key: 'Key', does: 'What it does' },
    call: 'call the next person',
    start: 'person is here, begin the visit',
    finish: 'finish the visit',
    caller: 'book for a caller',
    recall: 'call again',
    park: 'park',
    transfer: 'send on',
    emergency: 'emergency: alert everybody in the office at once',
    search: 'search',
    help: 'this help',
    submit: 'send the booking for a caller',
    escape: 'close a window',
    single: 'The key ? opens the help',
    singleHint: 'Switch it off if an assistive tool needs single characters itself. F1 always works.',
    orderTitle: 'Who is next?',
    order: 'The person with the earliest due time. With an appointment that is its time, without one the arrival plus the usual wait. Somebody is called early only if nobody else passes their time because of it. You may choose somebody else at any time; it is recorded.',
  },

  state: {
    loading: 'Loading …',
    errorTitle: 'That did not work',
    retry: 'Try again',
    forbiddenTitle: 'You do not have the right to do this',
    forbiddenText: 'This page is for another role. If you need it, please ask the administration.',
    opsAccount: 'This account is for operations.',
    toOps: 'To operations',
    offline: 'No connection. Please try again in a moment.',
    notFoundTitle: 'This page does not exist',
    notFoundLink: 'To the calls',
  },
} satisfies typeof de;

export default frame;
