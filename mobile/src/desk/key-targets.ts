// Which part of the page answers a function key right now: the panel that shows the button registers what it does.
import type { Action } from './keys';

const targets: Partial<Record<Action, () => void>> = {};

export const keyTargets = {
  /** Registers the verbs of a panel; the returned function takes them back. */
  register(verbs: Partial<Record<Action, () => void>>): () => void {
    Object.assign(targets, verbs);
    return () => {
      for (const [action, verb] of Object.entries(verbs) as [Action, () => void][]) {
        if (targets[action] === verb) delete targets[action];
      }
    };
  },
  /** Whether a panel of this page took it. */
  run(action: Action): boolean {
    targets[action]?.();
    return targets[action] !== undefined;
  },
};
