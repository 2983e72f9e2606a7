import { describe, expect, it } from 'vitest';
import { actionFor } from '../../src/desk/keys';

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false, ...more,
});

describe('the keys of the desk', () => {
  it('F2 calls, also while somebody types', () => {
    expect(actionFor(press('F2'), true, true)).toBe('call');
  });
  it('F7 sends on and F10 calls for help, also while somebody types', () => {
    expect([actionFor(press('F7'), true, true), actionFor(press('F10'), true, true)]).toEqual(['transfer', 'emergency']);
  });
  it('a held key calls nobody a second time', () => {
    expect(actionFor(press('F2', { repeat: true }), false, true)).toBeNull();
  });
  it('leaves combinations of the browser alone', () => {
    expect(actionFor(press('F4', { altKey: true }), false, true)).toBeNull();
    expect(actionFor(press('F4', { ctrlKey: true }), false, true)).toBeNull();
    expect(actionFor(press('k'), false, true)).toBeNull();
  });
  it('Ctrl K and Command K search', () => {
    expect([actionFor(press('k', { ctrlKey: true }), true, true), actionFor(press('K', { metaKey: true }), true, true)]).toEqual(['search', 'search']);
  });
  it('the question mark helps, but not while typing and not when switched off', () => {
    expect(actionFor(press('?', { shiftKey: true }), false, true)).toBe('help');
    expect(actionFor(press('?', { shiftKey: true }), true, true)).toBeNull();
    expect(actionFor(press('?', { shiftKey: true }), false, false)).toBeNull();
  });
});
