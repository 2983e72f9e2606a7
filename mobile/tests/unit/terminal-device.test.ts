import { beforeEach, describe, expect, it } from 'vitest';
import { adoptToken, deviceTokenOf } from '../../src/shared/device';
import { uuid } from '../../src/shared/uuid';

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', '/terminal');
});

describe('the token of a device', () => {
  it('is taken from the address and out of it', () => {
    history.replaceState(null, '', '/terminal?x=1#token=abc');
    const store = deviceTokenOf('terminal');
    expect(adoptToken(store)).toBe(true);
    expect(store.read()).toBe('abc');
    expect(location.href).not.toContain('abc');
    expect(location.search).toBe('?x=1');
  });

  it('stays what it was when the address has none', () => {
    const store = deviceTokenOf('terminal');
    store.keep('old');
    history.replaceState(null, '', '/terminal#main');
    expect(adoptToken(store)).toBe(false);
    expect(store.read()).toBe('old');
  });

  it('is one for the terminal and another for the display', () => {
    deviceTokenOf('terminal').keep('t');
    expect(deviceTokenOf('display').read()).toBeNull();
  });
});

describe('names for an intention', () => {
  it('are UUIDs, with and without a secure context', () => {
    const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(uuid()).toMatch(shape);
    const real = crypto.randomUUID;
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    expect(uuid()).toMatch(shape);
    Object.defineProperty(crypto, 'randomUUID', { value: real, configurable: true });
  });
});
