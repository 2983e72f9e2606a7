import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForDigits } from '../../src/terminal/scanner';

const heard = { digit: vi.fn(), backspace: vi.fn(), line: vi.fn() };
let stop: (() => void) | undefined;
let time = 0;

function type(keys: string, target: EventTarget = window): KeyboardEvent[] {
  return [...keys.matchAll(/\{(\w+)\}|(.)/g)].map(([, named, letter]) => {
    const event = new KeyboardEvent('keydown', { key: named ?? letter ?? '', bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    return event;
  });
}
function listen(): void {
  stop = listenForDigits(heard, () => time);
}
afterEach(() => {
  stop?.();
  vi.clearAllMocks();
  document.body.replaceChildren();
});

describe('digits from keyboard and hand scanner', () => {
  it('hands over each digit and the whole line at Enter', () => {
    listen();
    type('48291372{Enter}');
    expect(heard.digit).toHaveBeenCalledTimes(8);
    expect(heard.line).toHaveBeenCalledExactlyOnceWith('48291372');
  });

  it('takes letters of a scanned address into the line, not for digits', () => {
    listen();
    type('https://x/?code=48291372{Enter}');
    expect(heard.line).toHaveBeenCalledExactlyOnceWith('https://x/?code=48291372');
  });

  it('leaves Enter to the focused button when nothing was typed', () => {
    listen();
    const [enter] = type('{Enter}');
    expect(enter?.defaultPrevented).toBe(false);
    expect(heard.line).not.toHaveBeenCalled();
  });

  it('leaves Enter to the button somebody walked to after typing', () => {
    listen();
    const events = type('48291{Tab}{Enter}');
    expect(events.at(-1)?.defaultPrevented).toBe(false);
    expect(heard.line).not.toHaveBeenCalled();
  });

  it('forgets a line that nobody finished', () => {
    listen();
    type('4829');
    time += 9_000;
    type('1372{Enter}');
    expect(heard.line).toHaveBeenCalledExactlyOnceWith('1372');
  });

  it('does not touch what is typed into a field', () => {
    listen();
    const field = document.body.appendChild(document.createElement('input'));
    type('12345678{Enter}', field);
    expect(heard.digit).not.toHaveBeenCalled();
    expect(heard.line).not.toHaveBeenCalled();
  });

  it('is silent once it has been stopped', () => {
    listen();
    stop?.();
    type('1{Backspace}');
    expect(heard.digit).not.toHaveBeenCalled();
    expect(heard.backspace).not.toHaveBeenCalled();
  });
});
