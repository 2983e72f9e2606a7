import type { Texts } from './de';

const en = {
  title: 'Appointments',
} satisfies Texts;

export default en;
