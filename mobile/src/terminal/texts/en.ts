import type { Texts } from './de';

const en = {
  title: 'Terminal',
} satisfies Texts;

export default en;
