import { describe, expect, test } from 'vitest';
import { mira } from '../support/sandbox.ts';
import { answer, card, cardIn, eventually, openBoard } from '../support/sandboxBoard.ts';

test('what an issue is called is text and nothing else', async () => {
  const { page, sandbox } = await openBoard();
  const title = '<img src=x onerror="window.ran = true"> & <b>bold</b>';
  await sandbox.changeIssue('ORD-42', { issue: { title, labels: ['<script>'] }, as: mira });
  await eventually(async () => expect(await card(page, 'ORD-42').locator('.title').innerText()).toBe(title));
  expect(await page.evaluate('window.ran')).toBe(undefined);
});

describe('the palette', () => {
  test('finds what is typed, goes along with the arrows and gives the keyboard back', async () => {
    const { page, logged } = await openBoard();
    await page.getByRole('button', { name: 'New issue' }).focus();
    await page.keyboard.press('Meta+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    const input = palette.getByRole('combobox', { name: 'Command' });
    await input.fill('ORD-42 move to');
    expect(await palette.getByRole('option').allInnerTexts()).toEqual([
      expect.stringContaining('Move to Backlog'),
      expect.stringContaining('Move to In progress'),
      expect.stringContaining('Move to Done'),
    ]);
    await page.keyboard.press('ArrowUp');
    expect(await palette.getByRole('option', { selected: true }).innerText()).toContain('Move to Done');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'New issue' }).evaluate((button) => button.matches(':focus'))).toBe(
      true,
    );
    await page.keyboard.press('Control+k');
    await palette.locator('input:focus').waitFor();
    await page.keyboard.type('guardian report operations');
    await page.keyboard.press('Enter');
    await answer(page).getByText('Mira: Guardian report (OPS)').waitFor();
    await answer(page).getByText('Last 7 days: 0 allowed, 0 pending, 0 denied.').waitFor();
    await answer(page).getByText('Data').click();
    expect(await answer(page).locator('pre').innerText()).toContain('"deny": 0');
    expect(logged()).toContainEqual(
      expect.objectContaining({ event: 'action:guardian_report', outcome: 'success', httpStatus: 200 }),
    );
  });

  test('offers the actions that the manifest has, and so does the menu of a card', async () => {
    const { page, sandbox } = await openBoard();
    const labelsFor = (scope: string) =>
      sandbox.extension.actions.filter(({ scopes }) => scopes.includes(scope)).map(({ label }) => label);
    await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
    const items = await page.getByRole('group', { name: 'Actions' }).getByRole('menuitem').allInnerTexts();
    expect(items).toEqual(labelsFor('issue'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    const options = (await page.getByRole('dialog').getByRole('option').allInnerTexts()).map((text) =>
      text.split('\n')[0]?.trim(),
    );
    expect(options).toEqual(expect.arrayContaining([...labelsFor('issue'), ...labelsFor('project')]));
  });

  test('makes an issue, and the guardian comments what it will need', async () => {
    const { page, sandbox } = await openBoard();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('new issue');
    await page.keyboard.press('Enter');
    await page.getByLabel('Title').fill('Import bank statements');
    await page.keyboard.press('Enter');
    await cardIn(page, 'Backlog', 'ORD-46').waitFor();
    await page.getByText(/^The extension comments:/).waitFor();
    expect((await sandbox.issue('ORD-46')).comments).toHaveLength(1);
  });
});

test('who one is and what one looks at stays when the page is loaded anew', async () => {
  const { page } = await openBoard();
  await page.getByText('Sam', { exact: true }).first().click();
  await card(page, 'ORD-44').locator('.face').click();
  await page.reload();
  await page.getByText('May Sam move it to').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('ORD-44');

  await page.getByRole('button', { name: 'Operations' }).click();
  await card(page, 'OPS-1').locator('.face').click();
  await page.reload();
  await cardIn(page, 'Review', 'OPS-1').waitFor();
  expect(await page.locator('#issue-title').innerText()).toContain('OPS-1');
});
