import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { freePort, start } from '../support/processes.ts';
import { mira, noor } from '../support/sandbox.ts';
import { card, cardIn, choose, eventually, openBoard, openPage, result } from '../support/sandboxBoard.ts';

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

test('an approval, a decision and a comment of before count no more', async () => {
  const { page, sandbox } = await openBoard({ complaints: forgotten });
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'sam@example.com' });
  await sandbox.transition('ORD-42', { to: 'done', as: mira });
  await startOver(page);
  await card(page, 'ORD-43').locator('.face').click();
  await page.locator('.preview li[data-guard=requireApprovals][data-status=pending]').waitFor();
  await choose(page, 'ORD-43', 'Move to Done');
  await result(page).getByText('ORD-43 waits to move to Done').waitFor();
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'sam@example.com' });
  await cardIn(page, 'Done', 'ORD-43').waitFor();
  await page.getByText('The extension: Moved to "done". Approved by sam@example.com.').waitFor();
  const report = await sandbox.act('guardian_report', { project: 'ORD' });
  expect(report.answer).toMatchObject({ data: { allow: 1, pending: 1, deny: 0 } });
});

test('everybody else sees the new story too, and stays who they are', async () => {
  const { page, sandbox } = await openBoard({ complaints: forgotten });
  await page.getByText('Noor', { exact: true }).first().click();
  const other = await openPage(sandbox.url, { complaints: forgotten });
  await sandbox.transition('ORD-44', { to: 'review', as: noor });
  await cardIn(page, 'Review', 'ORD-44').waitFor();
  await startOver(other);
  await cardIn(page, 'In progress', 'ORD-44').waitFor();
  await page.getByText('Every webhook that your extension gets appears here').waitFor();
  await page.getByText('Can Noor move it to').waitFor();
  expect(await page.locator('.people [aria-pressed=true]').innerText()).toBe('Noor');
});

test.each(['done', 'backlog'])('a move to %s that was asked about before is not made in the new story', async (to) => {
  const { page, sandbox } = await openBoard({ complaints: forgotten });
  await sandbox.faults.set({ latency: 5_000 });
  const asked = sandbox.transition('ORD-43', { to, as: mira });
  await eventually(async () => expect(await sandbox.deliveries()).toHaveLength(1));
  await startOver(page);
  await expect(asked).rejects.toThrow('The sandbox started over before ORD-43 could move.');
  await cardIn(page, 'Review', 'ORD-43').waitFor();
  expect((await sandbox.board()).issues.find(({ key }) => key === 'ORD-43')).toMatchObject({
    status: 'review',
    waiting: null,
  });
  expect(await sandbox.deliveries()).toEqual([]);
});

test('a delivery that is open or on its way when it is forgotten takes nothing down', async () => {
  const options = ['--port', await freePort(), '--data', temporaryFolder()];
  const sandbox = start(process.execPath, ['packages/kiket-dev/bin/kiket-dev.js', 'sandbox', ...options]);
  const [, url = ''] = await sandbox.waitFor(/Open it in a browser: (http:\S+)/);
  const [page, other] = [
    await openPage(url, { complaints: forgotten }),
    await openPage(url, { complaints: forgotten }),
  ];
  await choose(page, 'ORD-43', 'Move to Done');
  await page.locator('[data-delivery]', { hasText: 'pending' }).click();
  await other.locator('.faults summary').click();
  await other.locator('#fault-latency').fill('1500');
  await other.locator('#fault-latency').press('Enter');
  await other.getByText('1 fault is on: Delay').waitFor();
  const redelivered = page.waitForResponse(/\/redeliver$/);
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await startOver(other);
  await page.getByText("This delivery isn't listed any more.").waitFor();
  await page.keyboard.press('Escape');
  expect((await redelivered).status()).toBe(404);
  await page.getByText('Every webhook that your extension gets appears here').waitFor();
  await choose(page, 'ORD-44', 'Move to Review');
  await cardIn(other, 'Review', 'ORD-44').waitFor();
  expect(sandbox.child.exitCode).toBe(null);
  for (const each of [page, other]) await each.close();
  sandbox.child.kill('SIGTERM');
  expect((await sandbox.finished).code).toBe(0);
});
