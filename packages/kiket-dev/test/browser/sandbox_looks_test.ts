import { describe, expect, test } from 'vitest';
import { answer, card, openBoard, violations } from '../support/sandboxBoard.ts';
import { openFullBoard, views } from '../support/sandboxViews.ts';

describe.each(Object.entries(views))('%s', (_name, show) => {
  test('is found faultless by axe, light and dark', async () => {
    const { page } = await openFullBoard({});
    await show(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await violations(page)]).toEqual([colorScheme, []]);
    }
  });

  test('is seen without scrolling sideways, from 320 pixels to wide', async () => {
    const { page } = await openFullBoard({});
    for (const width of [320, 768, 1280, 2400]) {
      await page.setViewportSize({ width, height: 800 });
      await page.reload();
      await page.locator('.guards .reasons').waitFor();
      await show(page);
      const hidden = await page.evaluate<string[]>(`
        [document.documentElement, ...document.querySelectorAll('dialog, [popover], .panel, .board, .rows, pre')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map(({ localName, className }) => localName + '.' + className)
      `);
      expect([width, hidden]).toEqual([width, []]);
    }
  });
});

test('a laptop shows the board, the guards and the deliveries at one glance', async () => {
  const { page } = await openFullBoard({ viewport: { width: 1280, height: 800 } });
  for (const seen of ['.columns', '.guards .reasons li:last-child', '.deliveries [data-delivery]', '.faults summary']) {
    const { y = 800, height = 0 } = (await page.locator(seen).first().boundingBox()) ?? {};
    expect([seen, y + height <= 800]).toEqual([seen, true]);
  }
});

test.each([
  ['on a phone', 320, 640],
  ['beside the faults', 1280, 700],
])('what came of a move is seen %s, wherever one has scrolled', async (_where, width, height) => {
  const { page } = await openBoard({ context: { viewport: { width, height } } });
  await page.locator('.faults summary').click();
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await answer(page).getByText('Mira moves ORD-42 to Done').waitFor();
  const seen = await page.evaluate(`
    const { left, bottom } = document.querySelector('.answer .reasons').getBoundingClientRect();
    document.elementFromPoint(left + 1, bottom - 1)?.closest('.reasons')?.parentElement.className;
  `);
  expect(seen).toBe('panel answer');
});

test('names are broken between their parts alone on a phone', async () => {
  const { page } = await openFullBoard({ viewport: { width: 320, height: 640 } });
  /** Words of these elements that stand on more than one line. */
  const broken = (selector: string) =>
    page.evaluate<string[]>(`
      [...document.querySelectorAll(${JSON.stringify(selector)})].flatMap((element) => [...element.childNodes])
        .filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '')
        .filter((node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
        })
        .map(({ textContent }) => textContent)
    `);
  await page.locator('[data-delivery]', { hasText: 'workflow.before_transition' }).first().click();
  await page.getByRole('dialog', { name: 'workflow.before_transition', exact: true }).waitFor();
  expect(await broken('#dialog-title')).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('option').first().waitFor();
  expect(await broken('.palette .quiet')).toEqual([]);
});

test.each([620, 800, 1000, 1280])('at %i pixels who one is and what one can do stand in one line', async (width) => {
  const { page } = await openBoard({ context: { viewport: { width, height: 800 } } });
  const middle = async (selector: string) => {
    const { y = 0, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
    return Math.round(y + height / 2);
  };
  expect(await middle('.people .segments')).toBe(await middle('.palette-button'));
});

test('what is chosen is seen where the system chooses the colours', async () => {
  const { page } = await openBoard({ context: { forcedColors: 'active' } });
  await page.getByRole('button', { name: 'Commands' }).click();
  const colours = await page.evaluate<string[][]>(`
    [
      ['.people input:checked + span', '.people input:not(:checked) + span'],
      ['.guards [aria-pressed=true]', '.guards [aria-pressed=false]'],
      ['.palette [aria-selected=true]', '.palette [aria-selected=false]'],
    ].map((pair) => pair.map((selector) => getComputedStyle(document.querySelector(selector)).color))
  `);
  for (const [chosen, other] of colours) expect(chosen).not.toBe(other);
  const width = (key: string) => card(page, key).evaluate((element) => element.clientLeft);
  expect(await width('ORD-42')).toBeGreaterThan(await width('ORD-43'));
  expect(await violations(page)).toEqual([]);
});
