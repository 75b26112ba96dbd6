import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { defer } from '../support/defer.ts';
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
  await page.getByText('A row in ').first().waitFor();
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
    expect.stringMatching(/deny[^]*requireFields[^]*Fill in assignee_id before this issue moves to "done"\./),
    expect.stringMatching(/pending[^]*requireApprovals[^]*waits for 1 more approval by somebody other than mira@/),
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

/** Presses Tab until something has the focus, as somebody without a mouse does. */
async function focusByTab(page: Page, locator: Locator): Promise<void> {
  for (let step = 0; step < 60 && !(await isFocused(locator)); step += 1) await page.keyboard.press('Tab');
  expect(await isFocused(locator)).toBe(true);
}

function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element.matches(':focus'));
}

describe('a card', () => {
  test('goes back where it was when it is carried and put back, and nobody is asked', async () => {
    const { page, sandbox } = await openBoard();
    const face = card(page, 'ORD-42').locator('.face');
    await face.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowLeft');
    await cardIn(page, 'In progress', 'ORD-42').waitFor();
    expect(await isFocused(face)).toBe(true);
    await page.keyboard.press('Escape');
    await cardIn(page, 'Review', 'ORD-42').waitFor();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Tab');
    await cardIn(page, 'Review', 'ORD-42').waitFor();
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('is dragged by a finger that takes hold of its edge, and by no other', async () => {
    const { page, sandbox } = await openBoard({ context: { hasTouch: true } });
    const touch = await page.context().newCDPSession(page);
    const column = (await page.getByRole('region', { name: 'Review', exact: true }).boundingBox()) ?? { x: 0, y: 0 };
    const dragFrom = async (part: string) => {
      const { x = 0, y = 0 } = (await card(page, 'ORD-44').locator(part).boundingBox()) ?? {};
      const at = async (type: 'touchStart' | 'touchMove', left: number, top: number) =>
        touch.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: left, y: top }] });
      await at('touchStart', x + 4, y + 10);
      for (const way of [0.3, 0.6, 1]) await at('touchMove', x + (column.x + 60 - x) * way, y + 10);
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    await dragFrom('.title');
    await dragFrom('.grip');
    await answer(page).getByText('Mira moves ORD-44 to Review').waitFor();
    const moves = (await sandbox.deliveries()).filter(({ event }) => event === 'workflow.before_transition');
    expect(moves).toHaveLength(1);
  });

  test('goes back when Escape ends a drag, and nobody is asked', async () => {
    const { page, sandbox } = await openBoard();
    const { x = 0, y = 0 } = (await card(page, 'ORD-42').locator('.title').boundingBox()) ?? {};
    await page.mouse.move(x + 5, y + 5);
    await page.mouse.down();
    await page.mouse.move(x - 400, y, { steps: 4 });
    await page.locator('[data-column=in_progress][data-open]').waitFor();
    await page.locator('[data-column=done][data-open]').waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await cardIn(page, 'Review', 'ORD-42').waitFor();
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('that is dropped where its workflow does not lead stays, and the page says where it can go', async () => {
    const { page, sandbox } = await openBoard();
    await drag(page, 'ORD-44', 'Done');
    await answer(page).getByText('From In progress it cannot go to Done, only to: Backlog, Review.').waitFor();
    await cardIn(page, 'In progress', 'ORD-44').waitFor();
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('waits where it was dropped until the guardian has answered', async () => {
    const { page, sandbox } = await openBoard();
    await sandbox.faults.set({ latency: 1_500 });
    await drag(page, 'ORD-44', 'Review');
    await cardIn(page, 'Review', 'ORD-44').getByText('asking the guardian…').waitFor();
    expect((await sandbox.issue('ORD-44')).status).toBe('in_progress');
    await answer(page).getByText('Mira moves ORD-44 to Review').waitFor();
    expect((await sandbox.issue('ORD-44')).status).toBe('review');
  });

  test('still waits when another one is answered before, and none is picked up meanwhile', async () => {
    const { page } = await openBoard();
    const held = defer();
    await page.route('**/issues/ORD-42/transition', async (route) => {
      await held.promise;
      await route.continue();
    });
    const waits = cardIn(page, 'Done', 'ORD-42').getByText('asking the guardian…');
    await drag(page, 'ORD-42', 'Done');
    await waits.waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('guardian report orders');
    await page.keyboard.press('Enter');
    await answer(page).getByText('Mira: Guardian report (ORD)').waitFor();
    await card(page, 'ORD-44').locator('.face').press('Space');
    expect(await page.locator('#said').innerText()).toBe('The guardian is still being asked about ORD-42.');
    expect(await waits.count()).toBe(1);
    held.resolve();
    await cardIn(page, 'Review', 'ORD-42').waitFor();
  });

  test('moves by itself when somebody else moves it', async () => {
    const { page, sandbox } = await openBoard();
    await sandbox.transition('ORD-44', { to: 'review', as: 'sam@example.com' });
    await cardIn(page, 'Review', 'ORD-44').waitFor();
    await eventually(async () =>
      expect(await shownDeliveries(page)).toContain('workflow.before_transition ORD-44 200 allow'),
    );
  });

  test('springs back where things may move, and stands still where not', async () => {
    for (const [reducedMotion, isMoved] of [
      ['no-preference', true],
      ['reduce', false],
    ] as const) {
      const { page } = await openBoard({ context: { reducedMotion } });
      await page.evaluate(`
        window.sprung = [];
        const animate = Element.prototype.animate;
        Element.prototype.animate = function (...given) {
          sprung.push(this.dataset.card);
          return animate.apply(this, given);
        };
      `);
      await drag(page, 'ORD-42', 'Done');
      await answer(page).getByText('Mira moves ORD-42 to Done').waitFor();
      await cardIn(page, 'Review', 'ORD-42').waitFor();
      expect((await page.evaluate<string[]>('sprung')).includes('ORD-42')).toBe(isMoved);
    }
  });
});
