// Browser journeys: a person's way through every page of all surfaces of a demo town, in headless Chromium.
// On every page axe must find nothing, and neither a script nor the content policy may complain.
import { api as apiOf, axe, launch, open, startDemo } from './lib.mjs';
import { isWanted, prepare, scenes } from './scenes.mjs';

let passed = 0;
let failed = 0;

function judge(name, faults) {
  if (faults.length === 0) {
    passed += 1;
    console.log(`ok      ${name}`);
  } else {
    failed += 1;
    console.log(`FAILED  ${name}`);
    for (const fault of faults) console.log(`        ${fault}`);
  }
}

// A town left to its visitor: in a lively one others may be called or take the counter first.
const demo = await startDemo('--quiet');
const browser = await launch();
try {
  const town = await prepare(demo, apiOf(demo.base));
  for (const scene of scenes.filter((it) => !it.lively).filter(isWanted(process.argv.slice(2)))) {
    const title = [scene.name, scene.what].filter(Boolean).join(', ');
    const page = await open(browser, scene.view);
    try {
      await scene.run(page, town, async (name, shown = page) => {
        judge(`${title}: ${name}: axe`, await axe(shown));
        const complaints = shown.complaints.splice(0);
        judge(`${title}: ${name}: no complaints of the browser`, complaints);
      });
      judge(`${title}: the whole way`, []);
    } catch (error) {
      await page.screenshot({ path: `${process.env['LOTSE_LOGS'] ?? '.'}/failed-${scene.name}.png` }).catch(() => {});
      judge(`${title}: the whole way`, [String(error), `at ${page.url()}`, ...page.complaints]);
    } finally {
      await page.context().close();
    }
  }
} catch (error) {
  judge('the town of the journeys', [String(error), demo.log().slice(-2000)]);
} finally {
  await browser.close();
  await demo.stop();
}
console.log(`count ${passed} ${failed}`);
process.exitCode = failed === 0 ? 0 : 1;
