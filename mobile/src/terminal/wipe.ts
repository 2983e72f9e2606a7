// After a session with online services nothing of it stays in this browser: the frame's own store ends with the page
// (it is a frame without credentials), what pages of ours may have kept goes here, and the way back leads nowhere.

/** What makes this browser a terminal; everything else is somebody's. */
const OURS = /^lotse\.(terminal|display)\./;

export function wipe(): void {
  sessionStorage.clear();
  for (const name of Object.keys(localStorage)) if (!OURS.test(name)) localStorage.removeItem(name);
  for (const cookie of document.cookie.split(';')) {
    const name = cookie.split('=')[0]?.trim();
    if (name) document.cookie = `${name}=; Max-Age=0; path=/`;
  }
}

/** Whether a frame of this browser can forget what happened in it. */
export const forgetsFrames = (): boolean => 'credentialless' in HTMLIFrameElement.prototype;

/** The page anew: without it the frame's store would live on. */
export function beginAnew(): void {
  wipe();
  location.replace(location.pathname);
}
