import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/processes.ts';
import { mira } from '../support/sandbox.ts';
import { openBoard } from '../support/sandboxBoard.ts';

/** Opens the latest delivery of an event. */
async function openDelivery(page: Page, event: string): Promise<void> {
  await page.locator('[data-delivery]', { hasText: event }).first().click();
  await page.getByRole('dialog', { name: event }).waitFor();
}

test('a delivery shows headers, body, signature and result, as they were on the wire', async () => {
  const { page, sandbox } = await openBoard();
  const { deliveries } = await sandbox.transition('ORD-42', { to: 'done', as: mira });
  await openDelivery(page, 'workflow.before_transition');
  const [attempt] = (await sandbox.delivery(deliveries[0] ?? '')).attempts;
  const headers = Object.entries(attempt?.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  expect(await page.locator('[data-part=headers]').innerText()).toBe(headers.join('\n'));
  expect(attempt?.headers).toHaveProperty('X-Kiket-Signature');
  const [body, answered] = [page.locator('[data-part=body]'), page.locator('[data-part=answer]')];
  expect(JSON.parse(await body.innerText())).toEqual(JSON.parse(attempt?.body ?? ''));
  expect(JSON.parse(await answered.innerText())).toEqual(JSON.parse(attempt?.answer ?? ''));
  expect(await page.locator('.attempt-details summary').innerText()).toMatch(/^Attempt 1 · HTTP 200 · [\d.]+ ms · /);
});

test('the command that is copied really sends it, rightly signed whatever faults are on', async () => {
  const { page, sandbox } = await openBoard({ context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  await sandbox.changeIssue('ORD-43', { issue: { title: 'It\'s $HOME `whoami` \\ "quoted"' }, as: mira });
  await sandbox.faults.set({ wrong_secret: true, clock_skew: 3600 });
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await openDelivery(page, 'workflow.before_transition');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('Copied. The signature is valid until').waitFor();
  const command = await page.evaluate<string>('navigator.clipboard.readText()');
  const { code, stdout, stderr } = await run('sh', ['-c', command]);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'pending' });
});

test('a delivery is saved as a replay, under a name that nothing has yet', async () => {
  const root = temporaryFolder();
  for (const folder of ['.kiket', 'replay']) cpSync(join(projectRoot, folder), join(root, folder), { recursive: true });
  const { page, sandbox } = await openBoard({ sandbox: { root }, complaints: /status of (?:409|422)/ });
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await openDelivery(page, 'workflow.before_transition');
  await page.getByText('Save as replay').click();
  const name = page.getByLabel('File name in replay/');
  const save = page.getByRole('button', { name: 'Save', exact: true });
  expect(await name.inputValue()).toBe('before_transition');
  await save.click();
  await page.getByText('replay/before_transition.json already exists. Choose another name.').waitFor();
  await name.fill('../../evil');
  await save.click();
  await page.getByText('Invalid request: name: write small letters, digits, _ and -').waitFor();
  await name.fill('first_try');
  await save.click();
  await page.getByText('Saved: replay/first_try.json, replay/scenario.yaml.').waitFor();
});
