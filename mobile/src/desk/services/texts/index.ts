import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

export const services = dictionary(de, { en: () => import('./en') });
