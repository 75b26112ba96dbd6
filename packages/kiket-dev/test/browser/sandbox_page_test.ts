import { describe, expect, test } from 'vitest';
import { isFocused } from '../support/sandboxKeyboard.ts';
import { result, card, cardIn, openBoard } from '../support/sandboxBoard.ts';

describe('the palette', () => {
  test('finds what is typed, goes along with the arrows and gives the keyboard back', async () => {
    const { page, logged } = await openBoard();
    await page.getByRole('button', { name: 'New issue' }).focus();
    await page.keyboard.press('Meta+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    const commands = palette.locator('.command');
    await palette.getByLabel('Command', { exact: true }).fill('ORD-42 move to');
    expect(await commands.allInnerTexts()).toEqual(
      ['Backlog', 'In progress', 'Done'].map((name) => expect.stringContaining(`Move to ${name}`) as string),
    );
    await palette.getByText(/3 of \d+ commands/).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await isFocused(commands.nth(1))).toBe(true);
    await page.keyboard.press('Escape');
    expect(await isFocused(page.getByRole('button', { name: 'New issue' }))).toBe(true);
    await page.keyboard.press('Control+k');
    await palette.locator('input:focus').waitFor();
    await page.keyboard.type('decision report operations');
    await page.keyboard.press('Enter');
    await result(page).getByText('Decision report · OPS').waitFor();
    await result(page).getByText('Last 7 days: 0 allowed, 0 pending, 0 denied.').waitFor();
    await result(page).getByText('Data').click();
    expect(await result(page).locator('pre').innerText()).toContain('"deny": 0');
    expect(logged()).toContainEqual(
      expect.objectContaining({ event: 'action:decision_report', outcome: 'success', httpStatus: 200 }),
    );
  });
});

test('who you are and what you look at stays when the page is reloaded', async () => {
  const { page } = await openBoard();
  await page.getByText('Sam', { exact: true }).first().click();
  await card(page, 'ORD-44').locator('.face').click();
  await page.reload();
  await page.getByText('Can Sam move it to').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('ORD-44');

  await page.getByRole('button', { name: 'Operations' }).click();
  await page.getByText('Select a card to see its issue.').waitFor();
  await card(page, 'OPS-1').locator('.face').click();
  await page.reload();
  await cardIn(page, 'Review', 'OPS-1').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('OPS-1');
});
