import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { mira } from '../support/sandbox.ts';
import { result, card, cardIn, choose, openBoard } from '../support/sandboxBoard.ts';

/** Opens the form of ORD-42, which is selected from the beginning. */
async function openForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('dialog', { name: 'Edit ORD-42' }).waitFor();
}

async function saved(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click();
  await result(page).getByText('ORD-42 changed').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('text of several lines, spaces at its ends and text that looks like something else come back as they were', async () => {
  const { page, sandbox } = await openBoard();
  const [description, note] = ['line one\nline two', 'first\nsecond'];
  const custom_fields = { note, pad: ' x ', digits: '3', points: 3, nothing: '', risk: 'low' };
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Two lines', description, custom_fields }, as: mira });
  await card(page, 'ORD-42').getByText('Two lines').waitFor();
  await openForm(page);
  await page.getByLabel('Title').fill('One line');
  await saved(page);
  expect(await sandbox.issue('ORD-42')).toMatchObject({ title: 'One line', description });
  expect((await sandbox.issue('ORD-42')).custom_fields).toEqual(custom_fields);

  await openForm(page);
  const custom = page.getByLabel('Custom fields');
  await custom.fill((await custom.inputValue()).replace('"low"', '"high"'));
  await page.getByLabel('Description').fill('line one\nline 2');
  await saved(page);
  expect((await sandbox.issue('ORD-42')).description).toBe('line one\nline 2');
  expect((await sandbox.issue('ORD-42')).custom_fields).toEqual({ ...custom_fields, risk: 'high' });
});

test('a custom field goes with its text, and what is not JSON is refused', async () => {
  const { page, sandbox } = await openBoard();
  const custom_fields = { note: 'first', risk: 'low' };
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Has fields', custom_fields }, as: mira });
  await card(page, 'ORD-42').getByText('Has fields').waitFor();
  await openForm(page);
  await page.getByLabel('Custom fields').fill('{ no JSON');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').getByText("Custom fields: this isn't JSON.").waitFor();
  expect((await sandbox.issue('ORD-42')).custom_fields).toEqual(custom_fields);
  await page.getByLabel('Custom fields').fill('{"risk": "low"}');
  await saved(page);
  expect((await sandbox.issue('ORD-42')).custom_fields).toEqual({ risk: 'low' });
});

test('what somebody else changes while one types stays as they left it', async () => {
  const { page, sandbox } = await openBoard();
  await openForm(page);
  await page.getByLabel('Custom fields').fill('{"mine": 1}');
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Theirs', custom_fields: { theirs: 2 } }, as: mira });
  await card(page, 'ORD-42').getByText('Theirs').waitFor();
  await saved(page);
  expect(await sandbox.issue('ORD-42')).toMatchObject({ title: 'Theirs', custom_fields: { mine: 1, theirs: 2 } });
});

test('a title of nothing or of spaces is not sent', async () => {
  const { page, sandbox } = await openBoard();
  await openForm(page);
  await page.getByLabel('Title').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('[name=title]:invalid:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New issue' }).click();
  await page.getByLabel('Title').fill('   ');
  await page.keyboard.press('Enter');
  await page.locator('[name=title]:invalid').waitFor();
  expect(await sandbox.deliveries()).toEqual([]);
});

test('a new issue that is refused is not typed twice, and made once however often one presses', async () => {
  const { page, sandbox } = await openBoard({ complaints: /status of 413/ });
  await page.getByRole('button', { name: 'New issue' }).click();
  await page.getByLabel('Title').fill('x'.repeat(1024 * 1024));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Unreadable request: request entity too large.').waitFor();
  await page.getByLabel('Title').fill('Short');
  const held = defer();
  await page.route('**/api/issues', async (route) => {
    await held.promise;
    await route.continue();
  });
  for (let count = 0; count < 3; count += 1) await page.keyboard.press('Enter');
  held.resolve();
  await cardIn(page, 'Backlog', 'ORD-46').getByText('Short').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const made = (await sandbox.board()).issues.filter(({ title }) => title === 'Short');
  expect(made).toHaveLength(1);
});

test('an action asks for what the manifest says, and goes nowhere without it', async () => {
  const { page, sandbox } = await openBoard({ settings: { KIKET_SETTING_OVERRIDE_USERS: mira } });
  await choose(page, 'ORD-42', 'Override the guards');
  const dialog = page.getByRole('dialog', { name: 'Override the guards · ORD-42' });
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.locator('[name=reason]:invalid:focus').waitFor();
  expect(await sandbox.deliveries()).toEqual([]);
  await page.keyboard.type('The shop is down.');
  await page.keyboard.press('Enter');
  await result(page).getByText('ORD-42 can move once within the next hour.').waitFor();
  await dialog.waitFor({ state: 'detached' });
  expect((await sandbox.deliveries())[0]?.content).toMatchObject({
    action_key: 'override_transition',
    inputs: { reason: 'The shop is down.' },
  });
});
