import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

export const statistics = dictionary(de, { en: () => import('./en') });
