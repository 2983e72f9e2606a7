import type { Texts } from './de';

const en = {
  title: 'Display',
} satisfies Texts;

export default en;
