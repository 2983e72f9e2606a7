// A booking, a move and a cancellation without ever touching the page: by Tab, arrows, Enter and typing alone.
import { codeFrom } from './citizen.mjs';
import { eventually } from './lib.mjs';

const PHONE = '0171 3920079';
const button = (page, name) => page.getByRole('button', { name });
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();

/** Whether there is a ring around it, or around the box that it fills. */
function showsFocus(element) {
  const ringed = (it) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(it);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  };
  return ringed(element) || ringed(element.parentElement);
}

/** Whether the middle of whatever has the focus is in sight: under no sticky bar, not beyond the edge. */
function focusIsInSight() {
  const it = document.activeElement;
  const { left, top, width, height } = it.getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  if (it === document.body) return true;
  return over !== null && (it.contains(over) || over.contains(it) || Boolean(it.labels?.[0]?.contains(over)));
}

/** Goes on with Tab until it is there, and sees that one can see where one is. */
async function tabTo(page, wanted) {
  await wanted.waitFor();
  for (let n = 0; n < 120; n += 1) {
    const there = await wanted.evaluate((it) => it === document.activeElement);
    if (there) {
      if (!(await wanted.evaluate(showsFocus))) throw new Error(`nothing shows that ${wanted} has the focus`);
      return;
    }
    await page.keyboard.press('Tab');
    // Browsers scroll there in their own time.
    await eventually('what has the focus is in sight', () => page.evaluate(focusIsInSight), 5_000);
  }
  throw new Error(`Tab never reaches ${wanted}`);
}

async function enter(page, wanted) {
  await tabTo(page, wanted);
  await page.keyboard.press('Enter');
}

async function type(page, field, text) {
  await tabTo(page, field);
  await page.keyboard.type(text);
}

export async function keyboardWalk(page, town, seen) {
  await page.goto(`${town.demo.base}/`);
  await heading(page, 'Was möchten Sie erledigen?');
  await type(page, page.getByLabel('Anliegen suchen'), 'Perso');
  await page.getByText(/Anliegen zu „Perso“/).first().waitFor();
  await enter(page, page.locator(`main a[href="/anliegen/${town.service.slug}"]`).first());
  await heading(page, town.service.name.de);
  await enter(page, button(page, /^Termin (vor Ort )?suchen/).first());
  await heading(page, 'Wann passt es Ihnen?');
  await enter(page, page.locator('main .slots button').nth(1));
  await enter(page, page.locator('main').getByRole('button', { name: /^Weiter/ }).last());
  await heading(page, 'Ihre Angaben');

  await type(page, page.getByLabel('Vor- und Nachname'), 'Erika Exempel');
  await type(page, page.getByLabel(/Mobilnummer/), PHONE);
  const address = page.getByLabel(/Anschrift/);
  if (await address.count()) await type(page, address, 'Beispielweg 1, 12345 Musterstadt');
  await enter(page, button(page, 'Weiter: Nummer bestätigen'));
  await heading(page, 'Code aus der SMS');
  await type(page, page.getByLabel(/6 Ziffern/), await codeFrom(town, PHONE));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/t\//);
  await heading(page, 'Ihr Termin ist gebucht');
  const token = new URL(page.url()).pathname.split('/')[2];
  const appointment = () => town.api.get('/appointment', { token });
  const { starts_at: before } = await appointment();
  await seen('18b-keyboard-booked');

  await enter(page, page.getByRole('link', { name: 'Verschieben' }).or(button(page, 'Verschieben')).first());
  await heading(page, 'Termin verschieben');
  await enter(page, page.locator('main .slots button').last());
  await enter(page, button(page, 'Auf diese Zeit verschieben'));
  await page.waitForURL(/\/t\//);
  await eventually('the appointment has moved', async () => (await appointment()).starts_at !== before);

  await enter(page, button(page, 'Absagen'));
  await heading(page, 'Termin absagen?');
  await seen('18c-keyboard-cancel');
  await enter(page, button(page, 'Ja, Termin absagen'));
  await heading(page, 'Ihr Termin ist abgesagt');
}
