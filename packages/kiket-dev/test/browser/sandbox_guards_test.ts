import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { copyRepository, rewrite } from '../support/checkout.ts';
import { freePort, start, type Running } from '../support/processes.ts';
import { card, choose, eventually, openBoard, openPage, result } from '../support/sandboxBoard.ts';

/** What the page shows of the guards: the objections, each with its guard, and in one line the guards that have none. */
async function shownGuards(page: Page): Promise<string[]> {
  // All at once: the page may render between two questions.
  return page.locator('.preview .reasons li').evaluateAll((items) =>
    items.map((item) => {
      const [guard, status] = [item.getAttribute('data-guard'), item.getAttribute('data-status')];
      const text = item.querySelector(guard === null ? 'p' : '.reason')?.textContent?.trim() ?? '';
      return guard === null ? text : `${guard} ${status}: ${text}`;
    }),
  );
}

const nobodyObjects = ['No guard objects.'];
const approvals = (who: string) =>
  `requireApprovals pending: Moving to "done" waits for 1 more approval from anyone but ${who} (0 of 1 given).`;

test('every objection is shown with its guard, for every person and every move', async () => {
  const { page, sandbox, logged } = await openBoard();
  const shows = (guards: string[]) => eventually(async () => expect(await shownGuards(page)).toEqual(guards));
  const next = page.getByRole('group', { name: 'Next status' });
  await shows([
    'requireFields deny: Fill in Assignee before moving this issue to "done".',
    approvals('mira@example.com'),
    'changeFreeze, checksPass',
  ]);
  await page.getByText('Can Mira move it to Done?').locator('..').getByText('deny').waitFor();
  await page.locator('.preview').getByRole('button', { name: 'Assign to Mira' }).waitFor();

  await card(page, 'ORD-43').locator('.face').click();
  await page.getByText('Noor', { exact: true }).first().click();
  await shows([approvals('noor@example.com'), 'requireFields, changeFreeze, checksPass']);
  await next.getByRole('button', { name: 'Backlog' }).click();
  await shows(nobodyObjects);
  await next.getByRole('button', { name: 'Done' }).click();
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: 'sam@example.com' });
  await shows(nobodyObjects);

  const asked = logged().filter(({ event }) => event === 'action:explain_transition');
  expect(asked.map(({ outcome }) => outcome)).toEqual(asked.map(() => 'success'));
  expect((await sandbox.deliveries()).map(({ event }) => event)).toEqual(['action:approve_transition']);
  const report = await sandbox.act('guardian_report', { project: 'ORD' });
  expect(report.answer).toMatchObject({ data: { allow: 0, pending: 0, deny: 0 } });
});

test('a guard that breaks is shown with what the guardian says of it', async () => {
  const settings = { KIKET_SETTING_CHECKS_URL: 'http://127.0.0.1:1/{issue}' };
  const { page } = await openBoard({ settings });
  await eventually(async () => expect((await shownGuards(page))[1]).toMatch(/^checksPass deny: .*service_unavailable/));
});

const fields = 'src/guards/requireFields.ts';

/** Edits a guard, breaks it and fixes it, while the page looks on. The guardian's process says what is broken. */
async function editWhileLookedAt(page: Page, copy: string, guardian: Running): Promise<void> {
  const saysFields = (text: string) => page.locator('.preview li[data-guard=requireFields]').getByText(text).waitFor();
  await saysFields('Fill in Assignee');
  await page.getByLabel('Assignee').selectOption('Mira');
  await result(page).getByText('ORD-42 changed').waitFor();
  await page.getByLabel('Assignee').selectOption('Unassigned');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Title').fill('Kept by the sandbox');
  await page.getByRole('button', { name: 'Save' }).click();
  await card(page, 'ORD-42').getByText('Kept by the sandbox').waitFor();

  rewrite(copy, fields, 'Fill in ${labelsOf', 'Please say ${labelsOf');
  await saysFields('Please say Assignee');
  rewrite(copy, fields, 'Please say ${labelsOf', 'Please say ${labelsOf.');
  await page.getByRole('alert').waitFor();
  await guardian.waitFor(/Transform failed|SyntaxError/);
  rewrite(copy, fields, 'Please say ${labelsOf.', 'Name ${labelsOf');
  await saysFields('Name Assignee');
  await page.locator('.ready').waitFor();
  await card(page, 'ORD-42').getByText('Kept by the sandbox').waitFor();
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page).getByText('Name Assignee before moving this issue to "done".').waitFor();
}

const cli = ['packages/kiket-dev/bin/kiket-dev.js', 'sandbox'];

test('guards are asked again when a file in src is saved, and the sandbox keeps its state', async () => {
  const copy = copyRepository();
  const sandbox = start(process.execPath, [...cli, '--port', await freePort()], { cwd: copy });
  const [, url = ''] = await sandbox.waitFor(/Open it in a browser: (http:\S+)/);
  const page = await openPage(url);
  await editWhileLookedAt(page, copy, sandbox);
  await page.close();
  sandbox.child.kill('SIGTERM');
  expect((await sandbox.finished).code).toBe(0);
});
