// The call reaches a phone that lies on the table: it shakes and rings, as far as the browser lets a page do that.
const PATTERN = [300, 150, 300, 150, 600];

export function ring(): void {
  // Both need a touch since the page was opened; without one the browser only complains.
  if (!navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.(PATTERN);
  new Audio('/chime.wav').play().catch(() => {});
}
