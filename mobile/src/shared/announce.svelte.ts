// One polite live region for the page. Screen readers hear changes here at most once a minute per topic, so a queue that
// moves every few seconds does not talk over everything else.
const QUIET_MS = 60_000;

let message = $state('');
const lastSaid: Record<string, number> = {};

export const announcement = {
  get text(): string {
    return message;
  },
};

/** Says `text` to screen readers. With a `topic`, repeats within a minute are left out. */
export function announce(text: string, topic?: string): void {
  if (topic) {
    const now = performance.now();
    const before = lastSaid[topic];
    if (before !== undefined && now - before < QUIET_MS) return;
    lastSaid[topic] = now;
  }
  message = message === text ? `${text}\u00a0` : text;
}
