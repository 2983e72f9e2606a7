// The icon set: 24 × 24, drawn with a 2 px stroke. Markup is constant and ours, never from outside.
export const icons = {
  add: '<path d="M12 5v14M5 12h14"/>',
  alert: '<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3Z"/><path d="M12 7.5v5.5m0 3v.1"/>',
  backspace: '<path d="M21 6H9l-6 6 6 6h12Z"/><path d="m12.5 9.5 5 5m0-5-5 5"/>',
  bell: '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15ZM10 21h4"/>',
  box: '<path d="M4 5h16v4H4ZM5.5 9v11h13V9M10 13h4"/>',
  building: '<path d="M4 21V9l8-5 8 5v12M2.5 21h19M8 21v-9m4 9v-9m4 9v-9"/>',
  calendar: '<rect x="4" y="5" width="16" height="15" rx="2"/><path d="M4 10h16M8 3v4m8-4v4"/>',
  chart: '<path d="M4 20h16M7 16v-5m5 5V6m5 10V9"/>',
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  'check-circle': '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.8"/>',
  'chevron-next': '<path d="m9 5 7 7-7 7"/>',
  'chevron-prev': '<path d="m15 5-7 7 7 7"/>',
  clock: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  copy: '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V4H4v12h4"/>',
  cup: '<path d="M5 8h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5ZM17 10h2a2 2 0 0 1 0 5h-2M8 3v2m4-2v2"/>',
  document: '<path d="M6 3h8l4 4v14H6Z"/><path d="M14 3v4h4M9 12h6m-6 4h6"/>',
  down: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v9m-4-4 4 4 4-4"/>',
  euro: '<path d="M18 6.5A7 7 0 1 0 18 17.5M4 10.5h9M4 13.5h8"/>',
  globe:
    '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3.8 6 3.8 9S15 18 12 21c-3-3-3.8-6-3.8-9S9 6 12 3Z"/>',
  gong: '<path d="M12 3v3M5 6l2 2m12-2-2 2M7 18v-5a5 5 0 0 1 10 0v5M4 21h16v-3H4Z"/>',
  hand: '<path d="M5 12V7.5a1.5 1.5 0 0 1 3 0V11m0-5a1.5 1.5 0 0 1 3 0v5m0-4a1.5 1.5 0 0 1 3 0v5l1.5-2a1.6 1.6 0 0 1 2.7 1.7L15.5 18a5.5 5.5 0 0 1-10.5-2v-4"/>',
  help: '<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.800m0 3v.1"/>',
  home: '<path d="m4 11 8-7 8 7v9h-5.5v-6h-5v6H4Z"/>',
  hourglass: '<path d="M7 3h10M7 21h10M8 3c0 5 8 5.5 8 9s-8 4-8 9m8-18c0 5-8 5.5-8 9s8 4 8 9"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5m0-8.5v.1"/>',
  key: '<circle cx="8" cy="12" r="4"/><path d="M12 12h9v3.5M17 12v3"/>',
  larger: '<path d="M3 19 8.5 5 14 19M5 14.5h7M15.5 19l3-8 3 8m-5-2.5h4"/>',
  leave: '<path d="M4 12h11m-5-5 5 5-5 5M20 5v14"/>',
  list: '<path d="M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1"/>',
  lock: '<rect x="5" y="11" width="14" height="9" rx="1.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
  mail: '<rect x="3.5" y="5.5" width="17" height="13" rx="1.5"/><path d="m4 7 8 6 8-6"/>',
  message: '<path d="M4 5h16v11H10l-4.5 4V16H4Z"/><path d="M8 9.5h8m-8 3h5"/>',
  minus: '<path d="M5 12h14"/>',
  'minus-circle': '<circle cx="12" cy="12" r="9"/><path d="M8 12h8"/>',
  move: '<path d="M4 8h13l-3.5-3.5M20 16H7l3.5 3.5"/>',
  offline:
    '<path d="M3 3l18 18M5 12.5a10 10 0 0 1 4-2.4M2 9a14.5 14.5 0 0 1 4.6-3M10.5 5a14.5 14.5 0 0 1 11.5 4M15 10.5a10 10 0 0 1 4 2M8.5 16a5 5 0 0 1 6 0M12 19.5v.1"/>',
  pause: '<path d="M9 5v14M15 5v14"/>',
  person: '<circle cx="12" cy="8" r="4"/><path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
  phone:
    '<path d="M6 3h3l1.5 5-2 1.5a11 11 0 0 0 6 6l1.5-2 5 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4 5.2 2 2 0 0 1 6 3Z"/>',
  pin: '<path d="M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21Z"/><circle cx="12" cy="9.5" r="2.5"/>',
  play: '<path d="M7 5v14l12-7Z"/>',
  printer: '<path d="M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7Z"/>',
  qr: '<path d="M4 4h6v6H4ZM14 4h6v6h-6ZM4 14h6v6H4ZM14 14h2v2h-2ZM18 18h2v2h-2ZM18 14h2M14 18v2"/>',
  refresh: '<path d="M20 5v5h-5M20 10a8.5 8.5 0 1 0 .5 4.5"/>',
  route:
    '<circle cx="6" cy="18.5" r="2.5"/><circle cx="18" cy="5.5" r="2.5"/><path d="M8.5 18.5H15a3.5 3.5 0 0 0 0-7H9a3.5 3.5 0 0 1 0-6h6.5"/>',
  screen: '<rect x="3" y="4" width="18" height="12" rx="1.5"/><path d="M8 20h8m-4-4v4"/>',
  search: '<circle cx="11" cy="11" r="7"/><path d="m20 20-4-4"/>',
  sound: '<path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>',
  'sound-off': '<path d="M4 9.5v5h3.5l4.5 4v-13l-4.5 4ZM16 9.5l5 5m0-5-5 5"/>',
  unknown:
    '<circle cx="12" cy="12" r="9" stroke-dasharray="3 3"/><path d="M9.8 9.7a2.3 2.3 0 1 1 3.3 2c-.7.4-1.1.9-1.1 1.7m0 2.8v.1"/>',
  warning: '<path d="M12 4 2.8 19.5h18.4Z"/><path d="M12 10v4.5m0 2.5v.1"/>',
  wheelchair: '<circle cx="11" cy="4.5" r="1.5"/><path d="M11 8v6h5.5l2.5 5.5M11 10.5h4.5M8.5 12a5 5 0 1 0 6.5 6"/>',
  'x-circle': '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6m0-6-6 6"/>',
} as const;

export type IconName = keyof typeof icons;

/** Icons that point along the line and turn with the writing direction. */
export const directed: ReadonlySet<IconName> = new Set(['chevron-next', 'chevron-prev', 'backspace', 'leave', 'play']);
