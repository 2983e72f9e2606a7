// One message about what just happened, with a way back where there is one. A plain success leaves by itself; a problem
// or an undo stays until it is closed or the next message comes.

export interface Message {
  id: number;
  tone: 'ok' | 'bad' | 'info';
  text: string;
  undo?: { label: string; run: () => void };
}

const LEAVES_AFTER_MS = 8_000;

let current = $state.raw<Message | null>(null);
let count = 0;
let leaving: ReturnType<typeof setTimeout> | undefined;

export const feedback = {
  get message(): Message | null {
    return current;
  },
  show(tone: Message['tone'], text: string, undo?: Message['undo']): void {
    clearTimeout(leaving);
    count += 1;
    current = { id: count, tone, text, undo };
    if (tone !== 'bad' && !undo) leaving = setTimeout(feedback.close, LEAVES_AFTER_MS);
  },
  close(): void {
    clearTimeout(leaving);
    current = null;
  },
};
