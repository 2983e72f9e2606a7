// English. Questions before an act, what is told afterwards, refusals.
import type de from '../de/acts';

const acts = {
  confirm: {
    cancel: 'Cancel',
    missedTitle: (number) => `${number} did not come?`,
    missedText: 'The person may rejoin the queue for 30 minutes. You find them under “Missed”.',
    missedYes: 'No-show',
    noShowTitle: (name, time) => `${name} did not come to the appointment at ${time}?`,
    noShowText: 'The appointment is recorded as a no-show. This cannot be undone.',
    noShowYes: 'No-show',
    leftTitle: (number) => `${number} has left?`,
    leftText: 'The number ends. The person would have to draw a new one.',
    leftYes: 'Has left',
    parkTitle: (number) => `Park ${number}`,
    parkText: 'The person waits, for example for a photo or a document. The time stops.',
    parkReason: 'Reason (optional)',
    parkYes: 'Park',
    cancelTitle: (name, time) => `Cancel the appointment of ${name} at ${time}?`,
    cancelText: 'The person gets a text message if they gave a mobile number. The time becomes free again.',
    cancelReason: 'Reason (optional)',
    cancelYes: 'Cancel the appointment',
    closeTitle: (counter) => `Close ${counter}?`,
    closeText: 'Nobody will be assigned to your counter any more.',
    closeYes: 'Close the counter',
  },

  done: {
    missed: (number) => `${number} is recorded as a no-show.`,
    parked: (number) => `${number} is parked.`,
    finished: (number) => `${number} is finished.`,
    recalled: (number) => `${number} has been called again.`,
    started: (number) => `${number} is with you.`,
    resumed: (number) => `${number} is back.`,
    rejoined: (number) => `${number} is waiting again.`,
    left: (number) => `${number} has left.`,
    arrived: (name, number) => `${name} is here with number ${number}.`,
    noShow: (name) => `${name}: recorded as a no-show.`,
    cancelled: (name) => `The appointment of ${name} is cancelled.`,
    paused: 'You are on a break.',
    resumedWork: 'The break is over.',
    undo: 'Undo',
    close: 'Close the message',
  },

  refused: {
    nobody_waiting: 'Nobody you could call is waiting right now.',
    counter_busy: 'Somebody is still at your counter. Please finish that visit first.',
    counter_not_open: 'Your counter is closed or takes a break.',
    held_back: 'A call now would make an appointment late. You can still choose a particular person.',
    rejoin_too_late: 'The time for coming back is over. The person needs a new number.',
    not_possible_now: 'That is not possible right now. Somebody else was faster; the list is up to date now.',
    counter_taken: 'The counter is taken already.',
  },
} satisfies typeof de;

export default acts;
