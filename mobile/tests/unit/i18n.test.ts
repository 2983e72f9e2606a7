import { afterEach, describe, expect, it } from 'vitest';
import { catchUp, dictionary, setLang } from '../../src/shared/i18n/index.svelte';

afterEach(() => setLang('de', false));

describe('words that come later than the choice of the language', () => {
  it('are German until they have caught up', async () => {
    await setLang('en', false);
    const words = dictionary({ yes: 'ja' }, { en: () => Promise.resolve({ default: { yes: 'yes' } }) });
    expect(words.t.yes).toBe('ja');
    await catchUp();
    expect(words.t.yes).toBe('yes');
  });
});
