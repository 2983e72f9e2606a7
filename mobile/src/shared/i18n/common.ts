// The texts of the shared parts.
import { dictionary } from './index.svelte';
import de from './common.de';

export const common = dictionary(de, { en: () => import('./common.en') });
