import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  answer,
  card,
  cardIn,
  drag,
  eventually,
  openBoard,
  shownDeliveries,
  type Logged,
} from '../support/sandboxBoard.ts';
import { focusByTab, isFocused } from '../support/sandboxKeyboard.ts';

/** What the guardian's log says about the deliveries that the page lists; its own questions it does not list. */
function tellings(logged: readonly Logged[]): string[] {
  return logged
    .filter(({ event }) => event !== 'action:explain_transition')
    .map(({ event, issue, httpStatus, outcome }) => `${event} ${issue} ${httpStatus} ${outcome}`)
    .toSorted();
}

/** Whatever the guardian logged is what the page shows: for each delivery the issue, the HTTP status and the answer. */
async function expectSameStory(page: Page, logged: () => Logged[], length: number): Promise<void> {
  await eventually(async () => {
    const shown = await shownDeliveries(page);
    expect(shown).toHaveLength(length);
    expect(shown.toSorted()).toEqual(tellings(logged()));
  });
}

/** Where the story ends, whoever told it: ORD-42 is done, with a comment and a row about it. */
async function expectEnd(page: Page): Promise<void> {
  await cardIn(page, 'Done', 'ORD-42').waitFor();
  await page.getByText('The extension comments: Moved to "done". Approved by noor@example.com.').waitFor();
  await eventually(async () => {
    const rows = (await page.locator('.written summary').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    const expected = ['✓ allow', '… pending', '✕ deny'].map((decision) => `A row in decisions ${decision}`);
    expect(rows.toSorted()).toEqual(expected.toSorted());
  });
}

const whole = [
  'workflow.after_transition ORD-42 200 success',
  'workflow.before_transition ORD-42 200 allow',
  'action:approve_transition ORD-42 200 success',
  'workflow.before_transition ORD-42 200 pending',
  'workflow.before_transition ORD-42 200 deny',
];

test('how ORD-42 gets done can be told with the mouse', async () => {
  const { page, logged } = await openBoard();
  await drag(page, 'ORD-42', 'Done');
  await answer(page).getByText('Mira moves ORD-42 to Done').waitFor();
  await cardIn(page, 'Review', 'ORD-42').waitFor();
  expect(await answer(page).locator('.reasons li').allInnerTexts()).toEqual([
    expect.stringMatching(/deny[^]*requireFields[^]*Fill in assignee_id before moving this issue to "done"\./),
    expect.stringMatching(/pending[^]*requireApprovals[^]*waits for 1 more approval from someone other than mira@/),
  ]);

  await page.getByLabel('Assignee').selectOption('Mira');
  await answer(page).getByText('ORD-42 has been changed.').waitFor();
  await drag(page, 'ORD-42', 'Done');
  await answer(page).getByText('0 of 1 approvals, 1 missing').waitFor();
  await cardIn(page, 'Review', 'ORD-42').getByText('waits for Done').waitFor();
  expect(await card(page, 'ORD-42').locator('.note').innerText()).toContain('0 of 1 approvals, 1 missing');

  await page.getByText('Noor', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Approve the next protected move' }).click();
  await answer(page).getByText('You approved ORD-42: 1 of 1 approvals given.').waitFor();
  await answer(page).getByText('ORD-42 asks again to go to Done').waitFor();
  await expectEnd(page);
  await expectSameStory(page, logged, whole.length);
  expect(await shownDeliveries(page)).toEqual(whole);
});

test('and with the keyboard alone, and every step is said', async () => {
  const { page, logged } = await openBoard();
  const said = () => page.locator('#said').innerText();
  await focusByTab(page, card(page, 'ORD-42').locator('.face'));
  await page.keyboard.press('Space');
  expect(await said()).toBe('ORD-42 is picked up from Review.');
  await page.keyboard.press('ArrowRight');
  expect(await said()).toBe('Over Done.');
  await page.keyboard.press('ArrowRight');
  expect(await said()).toBe('No further column that it could go to.');
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await said()).toMatch(/^Mira moves ORD-42 to Done: deny\. Fill in assignee_id/));
  await cardIn(page, 'Review', 'ORD-42').waitFor();

  await focusByTab(page, page.getByLabel('Assignee'));
  await page.keyboard.type('Mira');
  await eventually(async () => expect(await said()).toBe('Mira changes ORD-42: success. ORD-42 has been changed.'));
  await focusByTab(page, card(page, 'ORD-42').locator('.face'));
  for (const key of ['Space', 'ArrowRight', 'Space']) await page.keyboard.press(key);
  await eventually(async () =>
    expect(await said()).toMatch(/^Mira moves ORD-42 to Done: pending\. Moving to "done" wa/),
  );

  await page.keyboard.press('Control+k');
  await page.keyboard.type('be noor');
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await said()).toBe('You are Noor now.'));
  await focusByTab(page, page.getByRole('button', { name: 'Menu of ORD-42' }));
  await page.keyboard.press('Enter');
  const approve = page.getByRole('menuitem', { name: 'Approve the next protected move' });
  for (let step = 0; step < 10 && !(await isFocused(approve)); step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await eventually(async () =>
    expect(await said()).toMatch(/^Noor: Approve the next protected move \(ORD-42\): success\..*go to Done: allow\./),
  );
  await expectEnd(page);
  await expectSameStory(page, logged, whole.length);
  expect(await shownDeliveries(page)).toEqual(whole);
});
