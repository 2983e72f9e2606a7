// Tables wider than the page scroll inside their panel. Such a panel must be reachable by keyboard, one that fits must not
// be a needless stop.

/** Keeps panels inside `root` focusable exactly while they scroll. Returns how to stop. */
export function keepReachable(root: HTMLElement): () => void {
  let planned = 0;
  const check = () => {
    planned = 0;
    for (const panel of root.querySelectorAll<HTMLElement>('.panel')) {
      if (panel.scrollWidth > panel.clientWidth + 1) panel.tabIndex = 0;
      else panel.removeAttribute('tabindex');
    }
  };
  const plan = () => (planned ||= requestAnimationFrame(check));
  const resized = new ResizeObserver(plan);
  const changed = new MutationObserver(plan);
  resized.observe(root);
  changed.observe(root, { childList: true, subtree: true, characterData: true });
  return () => {
    cancelAnimationFrame(planned);
    resized.disconnect();
    changed.disconnect();
  };
}
