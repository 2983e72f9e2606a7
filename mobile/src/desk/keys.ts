// The desk's keyboard: which key does what, and when a key belongs to the field somebody is typing in.

export type Action = 'call' | 'start' | 'finish' | 'caller' | 'transfer' | 'recall' | 'park' | 'emergency' | 'search' | 'help';

interface Shortcut {
  key: string;
  ctrl?: boolean;
  action: Action;
}

const shortcuts: readonly Shortcut[] = [
  { key: 'F1', action: 'help' },
  { key: 'F2', action: 'call' },
  { key: 'F3', action: 'start' },
  { key: 'F4', action: 'finish' },
  { key: 'F6', action: 'caller' },
  { key: 'F7', action: 'transfer' },
  { key: 'F8', action: 'recall' },
  { key: 'F9', action: 'park' },
  { key: 'F10', action: 'emergency' },
  { key: 'k', ctrl: true, action: 'search' },
];

/** The key shown beside a button. */
export const hints: Record<Exclude<Action, 'search'>, string> = {
  help: 'F1',
  call: 'F2',
  start: 'F3',
  finish: 'F4',
  caller: 'F6',
  transfer: 'F7',
  recall: 'F8',
  park: 'F9',
  emergency: 'F10',
};

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat'>;

/**
 * What a pressed key means. A held key means nothing: F2 held down must not call one person after the other.
 * The single character "?" can be switched off (WCAG 2.1.4) and never counts while somebody types.
 */
export function actionFor(event: Pressed, typing: boolean, single: boolean): Action | null {
  if (event.repeat || event.altKey) return null;
  if (single && !typing && event.key === '?' && !event.ctrlKey && !event.metaKey) return 'help';
  const ctrl = event.ctrlKey || event.metaKey;
  if (event.shiftKey) return null;
  const found = shortcuts.find((one) => one.key.toLowerCase() === event.key.toLowerCase() && (one.ctrl ?? false) === ctrl);
  return found?.action ?? null;
}

/** Whether the element takes typed characters. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
