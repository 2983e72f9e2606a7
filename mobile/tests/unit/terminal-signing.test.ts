import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_EXTENSIONS, Session } from '../../src/terminal/session.svelte';
import { signedText, Signing } from '../../src/terminal/signing';
import { wipe } from '../../src/terminal/wipe';

const DEVICE = '00000000-0000-0000-0000-000000000007';
const tap = { tap_key: 'tap-00000001', code: '48291376', tapped_at: '2026-11-23T09:20:00.005Z' };
// The same text stands in `domain/src/devices/taps.rs`.
const TEXT = `lotse-tap-1\n${DEVICE}\ntap-00000001\n48291376\n2026-11-23T09:20:00.005Z`;

describe('what a terminal signs', () => {
  it('is the text the server reads', () => {
    expect(signedText(DEVICE, tap)).toBe(TEXT);
  });

  it('is signed with the key the server gave, as base64url', async () => {
    const key = new Uint8Array(32).map((_, n) => 255 - n);
    const signing = new Signing();
    expect(await signing.sign(tap)).toBeNull();
    await signing.take(DEVICE, Buffer.from(key).toString('base64url'));
    expect(await signing.sign(tap)).toBe(createHmac('sha256', key).update(TEXT).digest('base64url'));
    await signing.forget();
    expect(await signing.sign(tap)).toBeNull();
  });
});

describe('a session with online services', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('warns a minute before its end and ends once', () => {
    const over = vi.fn();
    const session = new Session(3, over);
    const stop = session.start();
    vi.advanceTimersByTime(119_000);
    expect([session.warning, session.left]).toEqual([false, 61]);
    vi.advanceTimersByTime(1_000);
    expect(session.warning).toBe(true);
    vi.advanceTimersByTime(70_000);
    expect(over).toHaveBeenCalledTimes(1);
    stop();
  });

  it('is extended ten times at most', () => {
    const session = new Session(3, vi.fn());
    for (let n = 0; n < MOST_EXTENSIONS + 2; n += 1) {
      session.left = 30;
      session.extend();
    }
    expect([session.extended, session.mayExtend, session.left]).toEqual([MOST_EXTENSIONS, false, 30]);
  });
});

describe('wiping', () => {
  it('leaves the terminal what makes it one, and nothing else', () => {
    localStorage.setItem('lotse.terminal.token', 'token');
    localStorage.setItem('somebody', 'x');
    sessionStorage.setItem('draft', 'x');
    document.cookie = 'form=x; path=/';
    wipe();
    expect(Object.keys(localStorage)).toEqual(['lotse.terminal.token']);
    expect(sessionStorage.length).toBe(0);
    expect(document.cookie).not.toContain('form=x');
  });
});
