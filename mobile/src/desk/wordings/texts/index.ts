import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

export const wordings = dictionary(de, { en: () => import('./en') });
