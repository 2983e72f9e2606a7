// Who is signed in at this browser. The cookie is the backend's; here is only what it says about us.
// A request that meets an ended session marks it as expired: the page stays as it is, a dialog asks to sign in again.
import { api, call } from '../api/client';
import { Refused, Unreachable, isRefused } from '../api/problem';
import type { StaffMe } from '../api/types';

/** unknown: not asked yet; expired: was in, must sign in again without losing the page. */
export type SessionState = 'unknown' | 'out' | 'in' | 'expired' | 'unreachable';

let me = $state.raw<StaffMe | null>(null);
let state = $state<SessionState>('unknown');

export const session = {
  get me(): StaffMe | null {
    return me;
  },
  get state(): SessionState {
    return state;
  },
  /** Takes over what a changing operation answered, e.g. after opening a counter. */
  set(changed: StaffMe): void {
    me = changed;
    state = 'in';
  },
};

const RETRY_MS = 5_000;

/** Asks the backend who we are; keeps asking while nobody answers. */
export async function loadSession(): Promise<void> {
  try {
    session.set(await call(api.GET('/staff/me')));
  } catch (error) {
    if (error instanceof Unreachable || (error instanceof Refused && error.status >= 500)) {
      state = 'unreachable';
      setTimeout(() => void loadSession(), RETRY_MS);
      return;
    }
    me = null;
    state = 'out';
  }
}

/** Signs in. After an expired session another person starts from a clean page, the same one goes on. */
export async function signIn(login: string, password: string): Promise<void> {
  const before = state === 'expired' ? me : null;
  const now = await call(api.POST('/staff/sign-in', { body: { login, password } }));
  if (before && before.id !== now.id) {
    location.reload();
    return;
  }
  session.set(now);
}

/** Signs out here and in the backend. Without a network we are still signed out on this page. */
export async function signOut(): Promise<void> {
  await call(api.POST('/staff/sign-out')).catch(() => undefined);
  me = null;
  state = 'out';
}

/** Says that the session has ended, for streams that were refused. */
export function sessionEnded(): void {
  if (state === 'in') state = 'expired';
}

/** Like `call`, and notices when the session has ended. */
export async function asStaff<T>(request: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  try {
    return await call(request);
  } catch (error) {
    if (isRefused(error) && error.status === 401) sessionEnded();
    throw error;
  }
}
