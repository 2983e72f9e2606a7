// Files the browser keeps: tables, set-ups, calendar entries.

/** Long enough for the slowest browser to have read the file. */
const KEPT_MS = 10_000;

/** Hands `content` to the browser as a file of this name. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
