import { expect, test } from 'vitest';
import { mira } from '../support/sandbox.ts';
import { eventually, openBoard, shownDeliveries } from '../support/sandboxBoard.ts';

const created = 'issue.created ORD-46';
const issue = { project_key: 'ORD', title: 'Import bank statements' };

test('one that will be tried again says when', async () => {
  const { page, sandbox } = await openBoard({ sandbox: { retryDelaysMs: [600_000] } });
  await sandbox.faults.set({ error: 1 });
  await sandbox.createIssue({ issue, as: mira });
  await eventually(async () => expect(await shownDeliveries(page)).toEqual([`${created} 500 waiting`]));
  await page.locator('[data-delivery]').click();
  const [{ next_attempt_at: next } = { next_attempt_at: null }] = await sandbox.deliveries();
  const at = await page.evaluate<string>(`new Date(${JSON.stringify(next)}).toLocaleTimeString()`);
  await page.getByRole('dialog').getByText(`next attempt at ${at}`).waitFor();
  expect(await page.locator('.attempt-details').count()).toBe(1);
});

test('what is tried again by itself is seen with every attempt, and the guardian got each', async () => {
  const { page, sandbox, logged } = await openBoard({ sandbox: { retryDelaysMs: [50, 50] } });
  await sandbox.faults.set({ error: 2 });
  await sandbox.createIssue({ issue, as: mira });
  await eventually(async () => expect(await shownDeliveries(page)).toEqual([`${created} 200 success`]));
  expect(await page.locator('[data-delivery] .attempt').innerText()).toContain('3');
  await page.locator('[data-delivery]').click();
  const attempts = await page.locator('.attempt-details summary').allInnerTexts();
  expect(attempts.map((text) => text.split(' · ').slice(0, 2).join(' '))).toEqual([
    'Attempt 3 HTTP 200',
    'Attempt 2 HTTP 500',
    'Attempt 1 HTTP 500',
  ]);
  expect(await page.getByRole('dialog').innerText()).not.toContain('next attempt at');
  expect(logged().filter(({ event }) => event === 'issue.created')).toHaveLength(3);
});
