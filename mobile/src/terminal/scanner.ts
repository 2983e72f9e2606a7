// Digits from a keyboard or a hand scanner, wherever the focus is. A hand scanner is a very fast keyboard that ends
// with Enter; a person is a slow one. Both may type on any screen: no field has to be tapped first.

/** Longer silence than this ends one entry and begins the next. */
const PAUSE_MS = 8_000;
/** Fewer characters before Enter are no scan: Enter then presses the focused button, as everywhere. */
const SHORTEST = 4;

export interface ScannerEvents {
  digit(digit: string): void;
  backspace(): void;
  /** A whole line ended with Enter: a scan, or a person who typed all of it. */
  line(text: string): void;
}

/** True where typed letters belong to a field, not to us. */
function typesElsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** Listens on the window; returns the function that ends it. */
export function listenForDigits(events: ScannerEvents, now: () => number = () => performance.now()): () => void {
  let line = '';
  let last = 0;

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || typesElsewhere(event.target)) return;
    if (now() - last > PAUSE_MS) line = '';
    last = now();
    if (event.key === 'Enter') {
      if (line.length < SHORTEST) return;
      event.preventDefault();
      const whole = line;
      line = '';
      events.line(whole);
    } else if (event.key === 'Backspace') {
      line = line.slice(0, -1);
      events.backspace();
    } else if (event.key === 'Tab' || event.key.startsWith('Arrow')) {
      // Somebody walks to a button: Enter is for that button now.
      line = '';
    } else if (event.key.length === 1 && event.key !== ' ') {
      line = (line + event.key).slice(-200);
      if (/^\d$/.test(event.key)) events.digit(event.key);
    }
  }

  window.addEventListener('keydown', onKey);
  return () => {
    window.removeEventListener('keydown', onKey);
  };
}
