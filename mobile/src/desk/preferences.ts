// Choices of this browser that are worth keeping. A browser that forbids storage works without them.
const PREFIX = 'lotse.desk.';

export function saved(name: string, otherwise: boolean): boolean {
  try {
    const value = localStorage.getItem(PREFIX + name);
    return value === null ? otherwise : value === 'yes';
  } catch {
    return otherwise;
  }
}

export function setSaved(name: string, value: boolean): void {
  try {
    localStorage.setItem(PREFIX + name, value ? 'yes' : 'no');
  } catch {
    // Kept for this page only.
  }
}
