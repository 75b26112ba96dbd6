import { describe, expect, test } from 'vitest';
import { isFull } from '../../../kiket-express/test/support/fullTests.ts';
import { card, choose, openBoard, result, violations } from '../support/sandboxBoard.ts';
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
    for (const width of isFull ? [320, 768, 1280, 2400] : [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.reload();
      await page.locator('.preview .reasons').waitFor();
      await show(page);
      const hidden = await page.evaluate<string[]>(`
        [document.documentElement, ...document.querySelectorAll('dialog, [popover], .panel, .board, pre')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map(({ localName, className }) => localName + '.' + className)
      `);
      expect([width, hidden]).toEqual([width, []]);
    }
  });
});

test('a laptop shows the board, the guards and the deliveries at one glance', async () => {
  const { page } = await openFullBoard({ viewport: { width: 1280, height: 800 } });
  for (const seen of [
    '.columns',
    '.preview .reasons li:last-child',
    '.deliveries [data-delivery]',
    '.faults summary',
  ]) {
    const { y = 800, height = 0 } = (await page.locator(seen).first().boundingBox()) ?? {};
    expect([seen, y + height <= 800]).toEqual([seen, true]);
  }
});

test.each([
  ['on a phone', 360, 740],
  ['beside the faults', 1280, 700],
])('the result of a move is seen %s, wherever the page was scrolled', async (_where, width, height) => {
  const { page } = await openBoard({ context: { viewport: { width, height } } });
  await page.locator('.faults summary').click();
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page).getByText('ORD-42 stays in Review').waitFor();
  const seen = await page.evaluate(`
    const { left, bottom } = document.querySelector('.results button').getBoundingClientRect();
    document.elementFromPoint(left + 9, bottom - 9)?.innerText;
  `);
  expect(seen).toBe('Assign to Mira');
});

test.each([320, 360, 620, 800, 1000, 1280])('at %i pixels the header is one line', async (width) => {
  const { page } = await openBoard({ context: { viewport: { width, height: 800 } } });
  const middle = async (selector: string) => {
    const { y = 0, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
    return Math.round(y + height / 2);
  };
  expect(await middle('.people .segments')).toBe(await middle('.commands'));
  expect(await middle('.header h1 img')).toBe(await middle('.commands'));
});

test('a touchscreen gets no hints at keys', async () => {
  const { page } = await openBoard({ context: { hasTouch: true, isMobile: true } });
  expect(await page.locator('kbd').first().isVisible()).toBe(false);
});

test('what is chosen is seen where the system chooses the colours', async () => {
  const { page } = await openBoard({ context: { forcedColors: 'active' } });
  const colours = await page.evaluate<string[][]>(`
    [
      ['.people [aria-pressed=true]', '.people [aria-pressed=false]'],
      ['.preview [aria-pressed=true]', '.preview [aria-pressed=false]'],
    ].map((pair) => pair.map((selector) => getComputedStyle(document.querySelector(selector)).color))
  `);
  for (const [chosen, other] of colours) expect(chosen).not.toBe(other);
  const width = (key: string) => card(page, key).evaluate((element) => element.clientLeft);
  expect(await width('ORD-42')).toBeGreaterThan(await width('ORD-43'));
  expect(await violations(page)).toEqual([]);
});
