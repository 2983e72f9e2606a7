// Before each file of tests. Files of one worker share what the modules remember (isolating them made the run twice as
// long), so what would be carried from one file into the next begins anew here.
import { beforeAll } from 'vitest';
import { clock } from '../../src/shared/clock.svelte';
import { setLang } from '../../src/shared/i18n/index.svelte';

beforeAll(() => {
  localStorage.clear();
  sessionStorage.clear();
  clock.set({ now: new Date().toISOString(), speed: 1, demo: false });
  setLang('de');
});
