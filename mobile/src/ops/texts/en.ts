import type { Texts } from './de';

const en = {
  title: 'Operations',
} satisfies Texts;

export default en;
