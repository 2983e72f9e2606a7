// make shots: a picture of every page, out of running demo towns, into one folder.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { api as apiOf, launch, open, startDemo } from './lib.mjs';
import { isWanted, prepare, scenes } from './scenes.mjs';

const folder = process.env['SHOTS'] ?? 'shots';
const wanted = process.argv.slice(2);
if (wanted.length === 0) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const browser = await launch();
let failed = false;

async function take(scene, name, shown) {
  const file = join(folder, `${scene.name}-${name}.png`);
  // Phones show the whole page, screens on walls and desks what fits on them.
  const fullPage = shown.viewportSize().width < 500;
  await shown.screenshot({ path: file, fullPage, animations: 'disabled' });
  console.log(file);
}

async function picture(scene, town) {
  // A phone's scroll bar takes no room.
  const page = await open(browser, { ...scene.view, isMobile: scene.view.touch === true && scene.view.width < 500 });
  try {
    await scene.run(page, town, async (name, shown = page) => {
      await shown.evaluate(() => document.fonts.ready);
      await take(scene, name, shown);
      if (scene.dark) {
        await shown.emulateMedia({ colorScheme: 'dark' });
        await take(scene, `${name}-dark`, shown);
        await shown.emulateMedia({ colorScheme: 'light' });
      }
    });
  } catch (error) {
    failed = true;
    await take(scene, 'failed', page).catch(() => {});
    console.error(`${scene.name}: ${error}\n  at ${page.url()}\n  ${page.complaints.join('\n  ')}`);
  } finally {
    await page.context().close();
  }
}

/** All pictures of a town: one left to its visitor, in which nobody comes between, or one that works. */
async function pictures(some, ...options) {
  if (some.length === 0) return;
  const demo = await startDemo(...options);
  try {
    const town = await prepare(demo, apiOf(demo.base));
    for (const scene of some) await picture(scene, town);
  } finally {
    await demo.stop();
  }
}

try {
  const chosen = scenes.filter(isWanted(wanted));
  await pictures(chosen.filter((scene) => !scene.lively), '--quiet');
  await pictures(chosen.filter((scene) => scene.lively));
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;
