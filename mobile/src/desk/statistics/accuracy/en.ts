import type de from './de';

const en: typeof de = {
  title: 'How good the announced waits were',
  lead: 'What was announced on arrival is compared with the time until the first call.',
  walkIn: 'without appointment',
  appointment: 'with appointment',
  empty: 'No wait has been announced in this period yet.',
  emptyHint: 'Waits are announced as soon as a counter is open and somebody arrives.',
  predicted: 'announced',
  waited: 'waited',
  who: 'Who',
  hour: 'Arrival',
  visits: 'Visits',
  error: 'Mean deviation',
  bias: 'announced minus waited',
  error90: 'nine of ten are off by at most',
  covered: 'within the announced range',
  chart: 'Announced and real wait by hour of arrival',
  minutes: (n) => `${n} min`,
  at: (hour) => `${hour}:00`,
  bar: (who, what, minutes) => `${who}, ${what}: ${minutes}`,
  table: 'By hour of arrival, as a table',
  coveredWhy: 'The range is chosen so that eight of ten waits lie within it. If clearly fewer do, the office lacks experience yet, or the day went differently than usual.',
};
export default en;
