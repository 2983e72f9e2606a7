import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

/** The words about how good the announced waits were. */
export const accuracy = dictionary(de, { en: () => import('./en') });
