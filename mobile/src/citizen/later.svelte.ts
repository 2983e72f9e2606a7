// The pages nobody needs in the first second: they come after it, so that the start page is there sooner.
import { tick } from 'svelte';
import { catchUp } from '$shared/i18n/index.svelte';
import { arrived, nameThePage, route } from '$shared/router.svelte';

/** A part of the app that is fetched on its own. */
export class Later<Pages> {
  pages = $state.raw<Pages | null>(null);
  failed = $state(false);
  #coming: Promise<void> | null = null;

  constructor(readonly fetch: () => Promise<Pages>) {}

  /** Fetches it once; after a failure the next call tries again. */
  load(): Promise<void> {
    this.#coming ??= this.fetch().then(
      async (pages) => {
        // Words that cannot be had in the chosen language are better German than missing.
        await catchUp().catch(() => {});
        this.pages = pages;
        this.failed = false;
      },
      () => {
        this.failed = true;
        this.#coming = null;
      },
    );
    return this.#coming;
  }

  /** Fetches it for somebody who stands before an empty page, then says that the page is there. */
  async show(): Promise<void> {
    await this.load();
    await tick();
    // The first page of a visit is read from the top of the window, as every website is.
    if (route.visits > 0) arrived();
    else nameThePage();
  }
}
