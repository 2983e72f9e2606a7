// English. The page of calls: who is next, the counters, the lists of today.
import type de from '../de/queue';

const queue = {
  calls: {
    title: 'Calls',
    nextFor: (counter) => `Next for ${counter}`,
    number: 'Number',
    call: (number) => `Call ${number}`,
    why: (number) => `Why ${number}?`,
    other: 'Somebody else',
    otherOff: 'Never mind',
    otherHint: 'Choose in the list “Here” whom you call.',
    pause: 'Break',
    planned: (n) => `${n} min`,
    waitingRoom: 'Waiting room',
    walkIn: 'walk-in',
    appointment: 'appointment',
    range: (low, high) => `${low}–${high} min`,
    noRange: 'unknown',
    served: (n) => (n === 0 ? 'Nobody served today yet' : n === 1 ? '1 person served today' : `${n} people served today`),
    nobody: 'Nobody right now',
    nobodyNext: (time, service) => `Next appointment ${time}, ${service}. As soon as somebody is here, they appear in this place.`,
    nobodyMore: 'No further appointment is booked today. Walk-ins appear here.',
    callAgainFrom: (time) => `Please call again from ${time} on. Only then does the person count as a no-show.`,
    better: 'Better wait a moment',
    callAnyway: (number) => `Call ${number} anyway`,
    nobodyWaits: 'Nobody is waiting',
    nobodyForYou: 'Nobody for your counter',
    nobodyForYouHint: (n) => `${n === 1 ? 'One person is waiting' : `${n} people are waiting`} for services that your counter does not offer.`,
    freeCounters: (n) => (n === 0 ? 'No counter is free.' : n === 1 ? 'One counter is free.' : `${n} counters are free.`),
    paused: 'You are on a break',
    pausedHint: 'Nobody is assigned to your counter until you go on.',
    resume: 'End the break',
    called: (number, counter) => `${number} has been called to ${counter}.`,
    calledOther: (shown, number, counter) => `Another counter has just called ${shown}. ${number} has been called to ${counter} instead.`,
    chooseCounter: 'Choose a counter',
    needCounter: 'You have not opened a counter yet',
    needCounterHint: 'You need a counter to call people. The lists are visible without one.',
    newNext: (number) => `Next: ${number}.`,
  },

  seats: {
    label: 'Counters',
    progress: (minute, planned) => `${minute}/${planned} min`,
    since: (n) => `for ${n} min`,
    calling: 'called',
    free: 'free',
    away: 'away',
    paused: 'Break',
    closed: 'closed',
    yours: 'Your counter',
    over: 'over the planned time',
    every: (n) => `All ${n} counters`,
    others: (n) => (n === 1 ? '1 counter in other areas' : `${n} counters in other areas`),
    othersNow: (busy, free, away) =>
      [busy > 0 && `${busy} busy`, free > 0 && `${free} free`, away > 0 && `${away} away`].filter(Boolean).join(', '),
  },

  scope: {
    label: 'Area shown',
    all: 'Whole building',
    waiting: 'waiting',
  },

  here: {
    title: 'Here',
    caption: 'People who have arrived, by due time',
    order: 'by due time',
    columns: { number: 'Number', person: 'Person, service', appointment: 'Appointment', waits: 'waits', due: 'due', note: 'Note' },
    next: 'next',
    longest: 'longest wait',
    notHere: 'not at your counter',
    smsFailed: 'text message failed',
    outside: 'waits outside',
    details: (number) => `${number}: details`,
    anonymous: 'no name',
    emptyTitle: 'Nobody is waiting',
    showAll: (n) => `Show all ${n}`,
    showLess: 'Show fewer',
  },

  late: {
    title: 'Late',
    caption: 'Appointments that should have begun',
    over: (n) => `${n} min late`,
    arrived: 'Has arrived',
    noShow: 'No-show',
  },

  expected: {
    title: 'Expected',
    caption: 'Expected appointments, soonest first',
    wholeDay: 'Whole day',
    arrived: 'Has arrived',
    arrivedFor: (name) => `Has arrived: ${name}`,
    empty: 'Nobody else has an appointment today.',
    columns: { time: 'Appointment', person: 'Person, service', duration: 'planned', action: 'Action', delay: 'Delay' },
  },

  parked: {
    title: 'Parked',
    caption: 'Parked people',
    resume: 'Bring back',
    resumeFor: (number) => `Bring back ${number}`,
  },

  missed: {
    title: 'Missed',
    caption: 'People who did not come when called',
    rejoin: 'Is here after all',
    rejoinFor: (number) => `${number} is here after all`,
    calledAt: (time) => `called ${time}`,
  },
} satisfies typeof de;

export default queue;
