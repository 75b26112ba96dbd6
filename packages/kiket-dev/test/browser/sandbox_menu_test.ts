import { expect, test } from 'vitest';
import { openBoard } from '../support/sandboxBoard.ts';
import { isFocused } from '../support/sandboxKeyboard.ts';

test.each([
  ['Menu of ORD-42', '#menu-ORD-42'],
  ['Actions', '#issue-menu'],
])('the menu of the button %s goes along with the arrows, and gives the keyboard back', async (name, id) => {
  const { page } = await openBoard();
  const [button, menu] = [page.getByRole('button', { name, exact: true }), page.locator(id)];
  await button.press('Enter');
  await page.keyboard.press('ArrowDown');
  expect(await isFocused(menu.getByRole('button').nth(1))).toBe(true);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await isFocused(menu.getByRole('button').last())).toBe(true);
  await page.keyboard.press('Escape');
  expect([await menu.isVisible(), await isFocused(button)]).toEqual([false, true]);
});

test('a menu stays beside its button, and in the window', async () => {
  const { page } = await openBoard({ context: { viewport: { width: 320, height: 400 } } });
  for (const key of ['ORD-45', 'ORD-42']) {
    await page.getByRole('button', { name: `Menu of ${key}` }).click();
    const { x = -1, y = -1, width = 0, height = 0 } = (await page.locator(`#menu-${key}`).boundingBox()) ?? {};
    expect([key, x >= 0, y >= 0, x + width <= 320, y + height <= 400, width > 170]).toEqual([
      key,
      ...Array(5).fill(true),
    ]);
    await page.keyboard.press('Escape');
  }
});
