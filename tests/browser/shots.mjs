// make shots: a picture of every page, out of a running demo town, into one folder.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { api as apiOf, launch, open, startDemo } from './lib.mjs';
import { isWanted, prepare, scenes } from './scenes.mjs';

const folder = process.env['SHOTS'] ?? 'shots';
const wanted = process.argv.slice(2);
if (wanted.length === 0) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const demo = await startDemo('--quiet');
const browser = await launch();
let failed = false;
try {
  const town = await prepare(demo, apiOf(demo.base));
  for (const scene of scenes.filter(isWanted(process.argv.slice(2)))) {
    // A phone's scroll bar takes no room.
    const page = await open(browser, { ...scene.view, isMobile: scene.view.touch === true && scene.view.width < 500 });
    const take = async (name, shown = page) => {
      const file = join(folder, `${scene.name}-${name}.png`);
      // Phones show the whole page, screens on walls and desks what fits on them.
      const fullPage = shown.viewportSize().width < 500;
      await shown.screenshot({ path: file, fullPage, animations: 'disabled' });
      console.log(file);
    };
    try {
      await scene.run(page, town, async (name, shown = page) => {
        await shown.evaluate(() => document.fonts.ready);
        await take(name, shown);
        if (scene.dark) {
          await shown.emulateMedia({ colorScheme: 'dark' });
          await take(`${name}-dark`, shown);
          await shown.emulateMedia({ colorScheme: 'light' });
        }
      });
    } catch (error) {
      failed = true;
      await take('failed').catch(() => {});
      console.error(`${scene.name}: ${error}\n  at ${page.url()}\n  ${page.complaints.join('\n  ')}`);
    } finally {
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = failed ? 1 : 0;
