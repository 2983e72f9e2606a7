import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import Strip from '../../src/display/Strip.svelte';
import { call } from '../e2e/mock/devices';

const notice = { de: 'Bitte Ausweis bereithalten.', en: null };
const props = { notice, call: null, staleMinutes: null, silent: false, onsound: () => undefined };
afterEach(cleanup);

describe('the strip below the calls', () => {
  it('shows the notice while nothing happens', () => {
    render(Strip, props);
    expect(screen.getByText('Bitte Ausweis bereithalten.')).toBeTruthy();
  });

  it('says the newest call in words', () => {
    render(Strip, { ...props, call: call('012', '3', 0, true) });
    expect(screen.getByText('B 012, bitte zu Platz 3')).toBeTruthy();
  });

  it('says before everything else that the data is old', () => {
    render(Strip, { ...props, call: call('012', '3', 0, true), staleMinutes: 7, silent: true });
    expect(screen.getByRole('alert').textContent).toContain('Keine neuen Daten seit 7 Minuten.');
    expect(screen.queryByText('B 012, bitte zu Platz 3')).toBeNull();
  });

  it('offers to switch on the sound while the browser keeps it off', () => {
    render(Strip, { ...props, silent: true });
    expect(screen.getByRole('button', { name: 'Ton einschalten' })).toBeTruthy();
  });
});
