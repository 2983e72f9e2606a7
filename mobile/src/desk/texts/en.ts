import type { Texts } from './de';

const en = {
  title: 'Desk',
} satisfies Texts;

export default en;
