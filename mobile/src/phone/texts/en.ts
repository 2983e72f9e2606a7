import type { Texts } from './de';

const en = {
  title: 'Simulated phone',
} satisfies Texts;

export default en;
