import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { main as replay } from '../../src/replay/replay.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';
import { run } from '../support/processes.ts';
import { eventually, openBoard, shownDeliveries } from '../support/sandboxBoard.ts';

const mira = 'mira@example.com';

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

test('a delivery is sent once more under the same id, and the guardian knows it', async () => {
  const { page, sandbox, logged } = await openBoard();
  const event = 'workflow.after_transition';
  await sandbox.transition('ORD-44', { to: 'review', as: mira });
  await openDelivery(page, event);
  const delivery = (await sandbox.deliveries()).find((each) => each.event === event)?.id;
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await page.getByText('Sent again, with the same id.').waitFor();
  expect(await page.locator('.attempt-details').count()).toBe(2);
  const lines = logged().filter((line) => line['event'] === event);
  expect(lines).toMatchObject([{ outcome: 'success' }, { deliveryId: lines[0]?.['deliveryId'], repeated: true }]);
  expect(await page.locator(`[data-delivery="${delivery}"] .attempt`).innerText()).toContain('2');
});

test('a body is edited and sent as a delivery of its own', async () => {
  const { page, sandbox, logged } = await openBoard();
  await sandbox.transition('ORD-42', { to: 'done', as: mira });
  await openDelivery(page, 'workflow.before_transition');
  await page.getByText('Edit and send').click();
  const body = page.getByLabel('Body (its token');
  await body.fill('{ not JSON');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText("this isn't JSON").waitFor();

  const content = (await sandbox.deliveries())[0]?.content ?? {};
  const issue = { ...(content['issue'] as object), assignee_id: 19 };
  await body.fill(JSON.stringify({ ...content, id: 'evt_edited', issue }));
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('This is the delivery with your changes.').waitFor();
  expect(JSON.parse(await page.locator('[data-part=answer]').innerText())).toMatchObject({ status: 'pending' });
  expect(logged().find(({ deliveryId }) => deliveryId === 'evt_edited')).toMatchObject({ outcome: 'pending' });
  await eventually(async () =>
    expect(await shownDeliveries(page)).toEqual([
      'workflow.before_transition ORD-42 200 pending',
      'workflow.before_transition ORD-42 200 deny',
    ]),
  );
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

test('the command is there to be copied by hand where the browser does not let the page', async () => {
  const { page, sandbox } = await openBoard();
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
  await openDelivery(page, 'workflow.before_transition');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await page.getByText('Copy it from here.').waitFor();
  expect(await page.getByLabel('curl command').innerText()).toMatch(
    /^curl .*--request POST 'http:\/\/127\.0\.0\.1:\d+\/webh/,
  );
});

test('a delivery is saved as a replay that passes, with what its answer rests on', { timeout: 90_000 }, async () => {
  const root = temporaryFolder();
  for (const folder of ['.kiket', 'replay']) cpSync(join(projectRoot, folder), join(root, folder), { recursive: true });
  cpSync(join(projectRoot, '.prettierrc.json'), join(root, '.prettierrc.json'));
  const { page, sandbox, logged } = await openBoard({ sandbox: { root }, complaints: /status of (?:409|422)/ });
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'noor@example.com' });
  await sandbox.drain();
  await eventually(async () =>
    expect(await shownDeliveries(page)).toContain('workflow.before_transition ORD-43 200 allow'),
  );
  await page.locator('[data-delivery]', { hasText: '✓ allow' }).click();
  await page.getByText('Save as replay').click();
  const name = page.getByLabel('File name in replay/');
  expect(await name.inputValue()).toBe('before_transition');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('replay/before_transition.json already exists. Choose another name.').waitFor();
  await name.fill('../../evil');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Invalid request: name: write small letters, digits, _ and -').waitFor();
  await name.fill('approved_by_noor');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const files = ['approved_by_noor_before_1.json', 'approved_by_noor.json'].map((file) => `replay/${file}`);
  await page.getByText(`Saved: ${files.join(', ')}, replay/scenario.yaml.`).waitFor();

  const scenario = join(root, 'replay', 'scenario.yaml');
  const parts = parse(readFileSync(scenario, 'utf8')) as {
    steps: { http: number; answer: { status: string } }[];
  }[];
  const expected = parts.at(-1)?.steps.map(({ http, answer }) => `${http} ${answer.status}`);
  const lines = ['action:approve_transition', 'workflow.before_transition'].map((event) =>
    logged().findLast((line) => line.event === event),
  );
  expect(expected).toEqual(lines.map((line) => `${line?.httpStatus} ${line?.outcome}`));
  const replayed = await runHere(replay, ['--scenario', scenario]);
  expect(replayed.stdout).toMatch(/Recorded: approved_by_noor\n[^]*approved_by_noor\.json +200 +allow/);
  expect(replayed.stdout).toMatch(/\n\d+ passed, 0 failed\n$/);
  expect((await run('npx', ['prettier', '--check', scenario])).code).toBe(0);
  expect(readFileSync(scenario, 'utf8')).toContain(
    readFileSync(join(projectRoot, 'replay', 'scenario.yaml'), 'utf8').slice(0, 500),
  );
});
