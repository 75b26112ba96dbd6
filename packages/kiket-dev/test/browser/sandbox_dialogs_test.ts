import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { drawn, eventually, openBoard } from '../support/sandboxBoard.ts';

/** A board with two deliveries, and a function that holds back requests about them. */
async function openWithTwo(path: string) {
  const { page, sandbox } = await openBoard();
  const { delivery: one } = await sandbox.act('explain_transition', { issue: 'ORD-42' });
  const { delivery: other } = await sandbox.act('explain_transition', { issue: 'ORD-43' });
  await page.locator(`[data-delivery="${other}"]`, { hasText: 'success' }).waitFor();
  const held = defer();
  const asked: string[] = [];
  await page.route(path, async (route) => {
    asked.push(route.request().url());
    await held.promise;
    await route.continue();
  });
  return { page, sandbox, one, other, held, asked };
}

async function open(page: Page, id: string): Promise<void> {
  await page.locator(`[data-delivery="${id}"]`).click();
  await page.getByRole('dialog').locator('.meta', { hasText: id }).waitFor();
}

async function close(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** What the tools of the open delivery say. */
function note(page: Page): Promise<string> {
  return page.getByRole('dialog').getByRole('status').innerText();
}

test('the palette opens in the same instant in which a dialog was closed, and stays', async () => {
  const { page, one } = await openWithTwo('**/nothing');
  await open(page, one);
  // The second time it is the palette itself that was closed.
  for (let count = 0; count < 2; count += 1) {
    await page.evaluate(`
      document.querySelector('dialog').close();
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
      new Promise((resolve) => setTimeout(resolve))
    `);
    await page.getByRole('dialog', { name: 'Commands' }).locator('.command').first().waitFor();
    expect(await page.locator('dialog').count()).toBe(1);
  }
});

test('what came of a tool is said where it was pressed, once, and nowhere else', async () => {
  const { page, one, other, held, asked } = await openWithTwo('**/redeliver');
  await open(page, one);
  for (let count = 0; count < 2; count += 1) await page.getByRole('button', { name: 'Redeliver' }).click();
  expect([await note(page), asked.length]).toEqual(['Sending…', 1]);
  await close(page);
  await open(page, other);
  expect(await note(page)).toBe('');
  held.resolve();
  await page.locator(`[data-delivery="${one}"] .attempt`, { hasText: '2' }).waitFor();
  await drawn(page);
  expect(await note(page)).toBe('');
  await close(page);
  await open(page, one);
  expect(await note(page)).toBe('');
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await page.getByRole('dialog').getByText('Sent again, with the same id.').waitFor();
  await close(page);
  await open(page, one);
  expect(await note(page)).toBe('');
});

test('an edited body that is answered late does not take the place of what one does by then', async () => {
  const { page, sandbox, one, held } = await openWithTwo('**/send');
  await open(page, one);
  await page.getByText('Edit and send').click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('dialog').getByText('Sending…').waitFor();
  await close(page);
  await page.getByRole('button', { name: 'New issue' }).click();
  await page.getByLabel('Title').fill('Half a ti');
  held.resolve();
  await eventually(async () => expect(await sandbox.deliveries()).toHaveLength(3));
  await page.locator('[data-delivery]').nth(2).waitFor();
  await drawn(page);
  expect(await page.getByLabel('Title').inputValue()).toBe('Half a ti');
  expect(await page.getByRole('dialog').innerText()).not.toContain('This is the delivery');
});
