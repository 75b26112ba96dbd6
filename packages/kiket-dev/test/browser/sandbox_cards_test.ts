import { describe, expect, test } from 'vitest';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { card, cardIn, choose, drag, openBoard, result } from '../support/sandboxBoard.ts';
import { isFocused } from '../support/sandboxKeyboard.ts';

describe('a card', () => {
  test('goes back when Escape ends a drag, and nobody is asked', async () => {
    const { page, sandbox } = await openBoard();
    const { x = 0, y = 0 } = (await card(page, 'ORD-42').locator('.title').boundingBox()) ?? {};
    await page.mouse.move(x + 5, y + 5);
    await page.mouse.down();
    await page.mouse.move(x - 400, y, { steps: 4 });
    for (const column of ['backlog', 'in_progress', 'done']) {
      await page.locator(`[data-column=${column}][data-open]`).waitFor();
    }
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await cardIn(page, 'Review', 'ORD-42').waitFor();
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('that is dropped where its workflow does not lead stays, and the page says where it can go', async () => {
    const { page, sandbox } = await openBoard();
    await drag(page, 'ORD-44', 'Done');
    await result(page).getByText("From In progress it can't go to Done.").waitFor();
    await cardIn(page, 'In progress', 'ORD-44').waitFor();
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('still waits when another one is answered before, and is not asked about twice', async () => {
    const { page, sandbox } = await openBoard();
    const held = defer();
    await page.route('**/issues/ORD-42/transition', async (route) => {
      await held.promise;
      await route.continue();
    });
    const waits = cardIn(page, 'Done', 'ORD-42').getByText('asking the extension…');
    await drag(page, 'ORD-42', 'Done');
    await waits.waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('decision report orders');
    await page.keyboard.press('Enter');
    await result(page).getByText('Decision report · ORD').waitFor();
    await drag(page, 'ORD-44', 'Review');
    await result(page).getByText('ORD-44 moved to Review').waitFor();
    expect((await sandbox.issue('ORD-44')).status).toBe('review');
    await choose(page, 'ORD-45', 'Move to In progress');
    await result(page).getByText('ORD-45 moved to In progress').waitFor();
    await choose(page, 'ORD-42', 'Move to Backlog');
    expect(await waits.count()).toBe(1);
    held.resolve();
    await cardIn(page, 'Review', 'ORD-42').waitFor();
  });

  test('glides where things may move, and stands still where not', async () => {
    for (const [reducedMotion, glides] of [
      ['no-preference', true],
      ['reduce', false],
    ] as const) {
      const { page } = await openBoard({ context: { reducedMotion } });
      // Drawn without a glide: a Chromium made for servers can crash while it paints one.
      await page.evaluate(`
        window.transitions = 0;
        document.startViewTransition = (draw) => {
          transitions += 1;
          draw();
          return { ready: Promise.resolve() };
        };
      `);
      await choose(page, 'ORD-44', 'Move to Review');
      await cardIn(page, 'Review', 'ORD-44').waitFor();
      expect((await page.evaluate<number>('transitions')) > 0).toBe(glides);
    }
  });

  test('keeps the keyboard when it goes to another column', async () => {
    const { page, sandbox } = await openBoard();
    const menu = page.getByRole('button', { name: 'Menu of ORD-44' });
    await menu.focus();
    await sandbox.transition('ORD-44', { to: 'review', as: 'sam@example.com' });
    await cardIn(page, 'Review', 'ORD-44').waitFor();
    expect(await isFocused(menu)).toBe(true);
  });
});
