import { dictionary } from '../../i18n/index.svelte';
import de from './de';

export const staffTexts = dictionary(de, { en: () => import('./en') });
