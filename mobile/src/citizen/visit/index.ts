import { dictionary } from '$shared/i18n/index.svelte';
import de from './de';

/** The words of everything after booking: the appointment, the ticket, help. */
export const words = dictionary(de, { en: () => import('./en') });
