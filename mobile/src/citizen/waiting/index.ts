import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

/** The words of the waiting list and its offers. */
export const list = dictionary(de, { en: () => import('./en') });
