import { describe, expect, test } from 'vitest';
import { defer } from '../support/defer.ts';
import { answer, card, cardIn, drag, eventually, openBoard, shownDeliveries } from '../support/sandboxBoard.ts';
import { isFocused } from '../support/sandboxKeyboard.ts';

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
    expect(await page.locator('#said').innerText()).toBe('ORD-42 is back in Review.');
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('is picked up once, however long Space is held down', async () => {
    const { page } = await openBoard();
    await card(page, 'ORD-42').locator('.face').focus();
    for (let count = 0; count < 4; count += 1) await page.keyboard.down('Space');
    await page.keyboard.up('Space');
    await page.locator('[data-card=ORD-42][data-held=carried]').waitFor();
    expect(await page.locator('#said').innerText()).toBe('ORD-42 is picked up from Review.');
  });

  test('that is carried stays on a screen that is small, or zoomed far', async () => {
    const { page } = await openBoard({ context: { viewport: { width: 320, height: 400 } } });
    const face = card(page, 'ORD-42').locator('.face');
    await face.focus();
    await page.keyboard.press('Space');
    for (const [key, column] of [
      ['ArrowLeft', 'In progress'],
      ['ArrowLeft', 'Backlog'],
      ['ArrowRight', 'In progress'],
      ['ArrowRight', 'Review'],
      ['ArrowRight', 'Done'],
    ] as const) {
      await page.keyboard.press(key);
      await cardIn(page, column, 'ORD-42').waitFor();
      const { y = -1, height = 0 } = (await face.boundingBox()) ?? {};
      expect([column, y >= 0, y + height <= 400]).toEqual([column, true, true]);
    }
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

  test('still waits when another one is answered before, and is not picked up meanwhile', async () => {
    const { page, sandbox } = await openBoard();
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
    await drag(page, 'ORD-44', 'Review');
    await answer(page).getByText('Mira moves ORD-44 to Review').waitFor();
    expect((await sandbox.issue('ORD-44')).status).toBe('review');
    await page.getByRole('button', { name: 'Menu of ORD-45' }).click();
    await page.getByRole('menuitem', { name: 'In progress' }).click();
    await answer(page).getByText('Mira moves ORD-45 to In progress').waitFor();
    await card(page, 'ORD-42').locator('.face').press('Space');
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
