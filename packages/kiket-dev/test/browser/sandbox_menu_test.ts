import { describe, expect, test } from 'vitest';
import { eventually, openBoard } from '../support/sandboxBoard.ts';
import { isFocused } from '../support/sandboxKeyboard.ts';

describe.each(['Menu of ORD-42', 'Actions'])('the menu of the button %s', (name) => {
  test('is closed by the button that opened it, and opened again', async () => {
    const { page } = await openBoard();
    const [button, menu] = [page.getByRole('button', { name, exact: true }), page.getByRole('menu')];
    for (let count = 0; count < 2; count += 1) {
      await button.click();
      await menu.waitFor();
      expect(await button.getAttribute('aria-expanded')).toBe('true');
      await button.click();
      await menu.waitFor({ state: 'detached' });
      // The page hears of it a little later.
      await eventually(async () => expect(await button.getAttribute('aria-expanded')).toBe('false'));
    }
  });

  test('gives the keyboard back', async () => {
    const { page } = await openBoard();
    const button = page.getByRole('button', { name, exact: true });
    await button.press('Enter');
    await page.locator('[role=menuitem]:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await eventually(async () => expect(await isFocused(button)).toBe(true));
  });

  test('goes when its button is scrolled away', async () => {
    const { page } = await openBoard({ context: { viewport: { width: 320, height: 640 } } });
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('menu').waitFor();
    await page.evaluate("scrollBy({ top: scrollY < 50 ? 50 : -50, behavior: 'instant' })");
    await page.getByRole('menu').waitFor({ state: 'detached' });
    const button = page.getByRole('button', { name, exact: true });
    await eventually(async () => expect(await button.getAttribute('aria-expanded')).toBe('false'));
  });
});

test('a menu that is higher than the window is scrolled', async () => {
  const { page } = await openBoard({ context: { viewport: { width: 320, height: 200 } } });
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.keyboard.press('End');
  const { y = 0, height = 0 } = (await page.getByRole('menuitem').last().boundingBox()) ?? {};
  expect([y >= 0, y + height <= 200]).toEqual([true, true]);
});
