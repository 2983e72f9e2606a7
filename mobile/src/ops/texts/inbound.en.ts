// English texts of what people wrote by SMS.
import type { InboundTexts } from './inbound.de';

const inbound: InboundTexts = {
  title: 'Inbox',
  search: 'Search the inbox',
  searchPlaceholder: 'Number, id',
  searchHint: 'Whole number or last four digits, id of the SMS, of its answer or at the provider',
  filter: 'Filter by outcome',
  groups: { all: 'All', answered: 'Answered', waiting: 'Waiting', unanswered: 'Without answer', failed: 'Failed' },
  caption: 'What people wrote, newest first',
  columns: { at: 'Time', from: 'From', command: 'Understood as', outcome: 'Outcome', reply: 'Answer', actions: 'Actions' },
  commands: {
    book: 'Book',
    info: 'My appointments',
    cancel: 'Cancel',
    move: 'Move',
    here: 'I am here',
    later: 'Later times',
    choice: 'Number out of a list',
    yes: 'Yes',
    no: 'No',
    help: 'Help',
    stop: 'Opt out',
    start: 'Messages again',
    speak: 'Another language',
    words: 'Free text',
  },
  outcomes: {
    waiting: 'waits for older ones',
    answered: 'answered',
    noted: 'needs no answer',
    late: 'came too late',
    too_many: 'too many from this number',
    unanswerable: 'sender gets no answer',
    failed: 'not dealt with',
  },
  after: (value) => `after ${value}`,
  byNews: 'message about the appointment',
  erased: 'text erased',
  revealOf: (at, from) => `Reveal: ${at}, ${from}`,
  empty: 'Nothing matches.',
  emptyAll: 'Nobody has written yet.',
  emptyText: 'Every SMS to the town is listed here with what became of it.',
};

export default inbound;
