import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { card, eventually, openBoard } from '../support/sandboxBoard.ts';

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
  const { page, sandbox } = await openBoard();
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
});
