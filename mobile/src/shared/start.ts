// Starts a surface: language first, then the page, so that nothing flashes in the wrong language.
import { mount, type Component } from 'svelte';
import { setLang, preferredLang, type Dictionary, type Lang } from './i18n/index.svelte';

interface Options {
  /** A fixed language for devices that always begin in German. */
  lang?: Lang;
}

/** Mounts `App`. Naming the surface's texts makes sure that they are loaded before anything is shown. */
export async function start(App: Component, _texts: Dictionary<unknown>, options: Options = {}): Promise<void> {
  try {
    await setLang(options.lang ?? preferredLang(), false);
  } catch {
    await setLang('de', false); // The other language's file could not be fetched: German is always in the bundle.
  }
  const target = document.getElementById('app');
  if (target) mount(App, { target });
}
