import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { choose, cardIn, drag, eventually, openBoard, result, shownDeliveries } from '../support/sandboxBoard.ts';
import { mira } from '../support/sandbox.ts';
import { focusByTab, isFocused } from '../support/sandboxKeyboard.ts';

/** Where the story ends: ORD-42 is done, with a comment and a row about it. */
async function expectEnd(page: Page): Promise<void> {
  await cardIn(page, 'Done', 'ORD-42').waitFor();
  await page.getByText('Moved to "done". Approved by noor@example.com.').waitFor();
  await eventually(async () => {
    const rows = (await page.locator('.written summary').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(rows).toEqual(['✕ deny', '… pending', '✓ allow'].map((decision) => `Row in decisions ${decision}`));
  });
}

const whole = [
  'workflow.after_transition ORD-42 200 success',
  'workflow.before_transition ORD-42 200 allow',
  'action:approve_transition ORD-42 200 success',
  'workflow.before_transition ORD-42 200 pending',
  'issue.updated ORD-42 200 success',
  'workflow.before_transition ORD-42 200 deny',
];

test('ORD-42 gets done with the mouse, by the buttons that say what to do next', async () => {
  const { page } = await openBoard();
  const next = (name: string) => result(page).getByRole('button', { name, exact: true }).click();
  await drag(page, 'ORD-42', 'Done');
  await result(page).getByText('ORD-42 stays in Review').waitFor();
  await cardIn(page, 'Review', 'ORD-42').waitFor();
  const reasons = result(page).locator('.reasons li');
  expect(await reasons.evaluateAll((all) => all.map((each) => each.getAttribute('data-guard')))).toEqual([
    'requireFields',
    'requireApprovals',
  ]);
  // The verdict is shown once: what the guards say now is the same, and folded.
  expect(await page.locator('.preview :is(.reasons, .badge)').count()).toBe(0);

  await next('Assign to Mira');
  await result(page).getByText('Assignee: Unassigned → Mira').waitFor();
  await page.locator('.preview').getByRole('button', { name: 'Move to Done' }).click();
  await result(page).getByText('ORD-42 waits to move to Done').waitFor();
  await cardIn(page, 'Review', 'ORD-42').getByText('waiting to move to Done, 0 of 1 approvals').waitFor();

  await next('Switch to Noor');
  await next('Approve as Noor');
  await result(page).getByText('You approved ORD-42: 1 of 1 approvals given.').waitFor();
  await result(page).getByText('ORD-42 moved to Done').waitFor();
  await expectEnd(page);
  await eventually(async () => expect(await shownDeliveries(page)).toEqual(whole));
});

test('and with only the keyboard, and every step is announced', async () => {
  const { page } = await openBoard();
  const shows = (text: RegExp) =>
    eventually(async () => {
      const live = await page.locator('[aria-live=polite]').allInnerTexts();
      expect(live.map((each) => each.replaceAll(/\s+/g, ' ')).join('\n')).toMatch(text);
    });
  const press = async (locator: Locator) => {
    await focusByTab(page, locator);
    await page.keyboard.press('Enter');
  };
  const menu = page.locator('#menu-ORD-42');
  await press(page.getByRole('button', { name: 'Menu of ORD-42' }));
  const done = menu.getByRole('button', { name: 'Move to Done' });
  for (let step = 0; step < 10 && !(await isFocused(done)); step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await shows(/^ORD-42 stays in Review ✕ deny /m);
  await cardIn(page, 'Review', 'ORD-42').waitFor();

  await focusByTab(page, page.getByLabel('Assignee'));
  await page.keyboard.press('M');
  await shows(/^ORD-42 changed ✓ success Assignee: Unassigned → Mira$/m);
  await press(page.locator('.preview').getByRole('button', { name: 'Move to Done' }));
  await shows(/^ORD-42 waits to move to Done … pending /m);
  await shows(/^Can Mira move it to Done\?/m);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('switch noor');
  await page.keyboard.press('Enter');
  await shows(/^You are Noor$/m);
  await press(result(page).getByRole('button', { name: 'Approve as Noor' }));
  await shows(/^ORD-42 moved to Done after a second check ✓ allow .*✓ success You approved/m);
  await expectEnd(page);
  await eventually(async () => expect(await shownDeliveries(page)).toEqual(whole));
});

test.each([
  ['Noor', {}],
  ['Sam', { KIKET_SETTING_APPROVERS: '31' }],
  ['Mira', { KIKET_SETTING_ALLOW_SELF_APPROVAL: 'true' }],
])('Mira can have %s approve at once, with %j', async (name, settings) => {
  const { page, sandbox } = await openBoard({ settings });
  await sandbox.changeIssue('ORD-42', { issue: { assignee_id: 19 }, as: mira });
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page)
    .getByRole('button', { name: `Approve as ${name}` })
    .click();
  await cardIn(page, 'Done', 'ORD-42').waitFor();
  expect(await page.locator('.people [aria-pressed=true]').innerText()).toBe(name);
});

test('people who have approved are not asked again, and where nobody can approve the board says so', async () => {
  const settings = {
    KIKET_SETTING_REQUIRED_APPROVALS: '2',
    KIKET_SETTING_APPROVERS: 'noor@example.com, mira@example.com',
  };
  const { page } = await openBoard({ settings });
  await choose(page, 'ORD-43', 'Move to Done');
  await result(page).getByRole('button', { name: 'Approve as Noor' }).click();
  await result(page).getByText('Nobody on this board can approve this move.').waitFor();
  expect(await result(page).getByRole('button').count()).toBe(0);
});
