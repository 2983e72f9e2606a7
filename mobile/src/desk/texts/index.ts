import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

export const texts = dictionary(de, { en: () => import('./en') });
