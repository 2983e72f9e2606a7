// How the log tells of an act of staff: what was done, and why.
import type { OpsAct } from '$shared/api/types';
import { count } from '$shared/format';
import { texts } from './texts/index';
import { providerName, targetName } from './words';

/** The backend writes it before the reason of whoever looked. */
const REVEALED = 'revealed: ';
/** What was stopped or let go on: "kind reminder: …". */
const TARGET = /^(paid_sms|channel|provider|kind) ?([\w-]*): /;
/** The shares before and after: "twilio 100 -> 60, seven 0: …". */
const SHARES = /^((?:[\w-]+ \d+(?: -> \d+)?(?:, )?)+): /;
/** The budget of a day before and after: "5000 -> 6000: …". */
const BUDGETS = /^(\d+) -> (\d+): /;

/** "Notbremse für SMS gezogen", "Tagesbudget geändert" */
export function what(act: OpsAct): string {
  const t = texts.t.acts.log;
  if (act.subject === 'sending') return ofSending(act);
  if (act.subject === 'budget') return texts.t.control.log.budget;
  if (act.subject === 'opt_out') return t.lifted;
  if (act.subject === 'bulk') return ofBulk(act);
  if (act.subject === 'inbound') return t.revealedInbound;
  if (act.from === act.to) return t.revealed;
  return act.to === 'cancelled' ? t.cancelled : t.retried;
}

function ofBulk(act: OpsAct): string {
  const t = texts.t.acts.log;
  const done = act.from === 'proposed' && act.to === 'running' ? t.agreed : (t.bulk[act.to] ?? t.other);
  return act.messages == null ? done : t.ofMany(done, count(act.messages), act.messages);
}

function ofSending(act: OpsAct): string {
  const t = texts.t.control.log;
  if (act.from === act.to) return t.shares;
  const everything = act.reason?.startsWith('paid_sms: ') ?? false;
  if (act.to === 'paused') return everything ? t.emergency : t.paused;
  return everything ? t.emergencyEnded : t.resumed;
}

/** What it was done to, and the reason of whoever did it: "Twilio 100 → 60, seven.io 0 → 40: zu langsam" */
export function why(act: OpsAct): string {
  const text = (act.reason ?? '–').replace(REVEALED, '');
  const [pattern, tell] = tellOf(act);
  const found = pattern?.exec(text);
  return found ? `${tell(found)}: ${text.slice(found[0].length)}` : text;
}

function tellOf(act: OpsAct): [RegExp | null, (found: RegExpExecArray) => string] {
  const part = (found: RegExpExecArray, n: number) => found[n] ?? '';
  if (act.subject === 'budget') return [BUDGETS, (found) => `${count(Number(part(found, 1)))} → ${count(Number(part(found, 2)))}`];
  if (act.subject !== 'sending') return [null, () => ''];
  if (act.from !== act.to) return [TARGET, (found) => targetName({ scope: part(found, 1), name: part(found, 2) })];
  const share = (text: string) => text.replace(/^[\w-]+/, providerName).replace('->', '→');
  return [SHARES, (found) => part(found, 1).split(', ').map(share).join(', ')];
}
