import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { mira } from '../support/sandbox.ts';
import { cardIn, choose, openBoard, openPage, result } from '../support/sandboxBoard.ts';

/** What the browser says when a delivery is asked for that is not there any more. */
const forgotten = /status of 404/;

/** Starts the story over as a person does. */
async function startOver(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
  await result(page).getByText('All issues are back where they started.').waitFor();
}

test('the story starts over, but only after a confirmation', async () => {
  const { page, sandbox } = await openBoard({ complaints: forgotten });
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'sam@example.com' });
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await cardIn(page, 'Done', 'ORD-43').waitFor();
  await sandbox.faults.set({ error: true });
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect((await sandbox.issue('ORD-43')).status).toBe('done');
  await startOver(page);
  await cardIn(page, 'Review', 'ORD-43').waitFor();
  await page.getByText('Every webhook that your extension gets appears here').waitFor();
  await page.getByText('all off').waitFor();
  expect(await sandbox.deliveries()).toEqual([]);
});

test('a delivery that is open or on its way when it is forgotten takes nothing down', async () => {
  const { page, sandbox } = await openBoard({ complaints: forgotten });
  const other = await openPage(sandbox.url, { complaints: forgotten });
  await choose(page, 'ORD-43', 'Move to Done');
  await page.locator('[data-delivery]', { hasText: 'pending' }).click();
  await sandbox.faults.set({ latency: 1_500 });
  const redelivered = page.waitForResponse(/\/redeliver$/);
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await startOver(other);
  await page.getByText("This delivery isn't listed any more.").waitFor();
  await page.keyboard.press('Escape');
  expect((await redelivered).status()).toBe(404);
  await page.getByText('Every webhook that your extension gets appears here').waitFor();
  await choose(page, 'ORD-44', 'Move to Review');
  await cardIn(other, 'Review', 'ORD-44').waitFor();
});
