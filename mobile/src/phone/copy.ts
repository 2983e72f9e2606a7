// Copies to the clipboard; also on plain http, where a demo shown from another machine has no navigator.clipboard.

/** True when the text is in the clipboard. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'vh';
  document.body.append(field);
  field.select();
  try {
    // Deprecated, but the only way without a secure context.
    return document.execCommand('copy');
  } finally {
    field.remove();
  }
}
