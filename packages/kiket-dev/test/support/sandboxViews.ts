import type { BrowserContextOptions, Page } from 'playwright-core';
import { mira, noor } from './sandbox.ts';
import { card, cardIn, choose, openBoard, result } from './sandboxBoard.ts';

/** Everything that can be seen on the page, and how to get there. */
export const views: Record<string, (page: Page) => Promise<void>> = {
  'the board': async () => {},
  'a refused move': async (page) => {
    await choose(page, 'ORD-42', 'Move to Done');
    await result(page).locator('.reasons').waitFor();
  },
  'an issue that is done, and an action with data': async (page) => {
    await card(page, 'ORD-43').locator('.face').click();
    await page.getByText('Comments and records').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('report orders');
    await page.keyboard.press('Enter');
    await page.getByText('Last 7 days:').first().waitFor();
    await page.getByText('Data', { exact: true }).click();
  },
  'the menu of a card': async (page) => {
    await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
    await page.locator('#menu-ORD-42').waitFor();
  },
  'the palette': async (page) => {
    await page.getByRole('button', { name: 'Commands' }).click();
    await page.getByLabel('Command', { exact: true }).fill('move');
  },
  'a delivery with its tools': async (page) => {
    await page.locator('[data-delivery]').first().click();
    await page.getByText('Edit and send').click();
    await page.getByText('Save as replay').click();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByLabel('curl command').waitFor();
  },
  'the faults': async (page) => {
    await page.locator('.faults summary').click();
    await page.locator('#fault-wrong_secret').selectOption('on');
    await page.getByText('1 fault is on: Wrong secret').waitFor();
  },
  'the question whether to start over': async (page) => page.getByRole('button', { name: 'Start over' }).click(),
  'a new issue': async (page) => page.getByRole('button', { name: 'New issue' }).click(),
  'the fields of an issue': async (page) => page.getByRole('button', { name: 'Edit', exact: true }).click(),
};

/** A board with something of everything on it. */
export async function openFullBoard(context: BrowserContextOptions) {
  const opened = await openBoard({ context });
  const { sandbox, page } = opened;
  await sandbox.transition('ORD-43', { to: 'done', as: mira });
  await sandbox.act('approve_transition', { issue: 'ORD-43', as: noor });
  await sandbox.transition('ORD-42', { to: 'in_progress', as: noor });
  await sandbox.transition('ORD-42', { to: 'review', as: noor });
  await sandbox.drain();
  await cardIn(page, 'Done', 'ORD-43').waitFor();
  await page.locator('.preview .reasons').waitFor();
  return opened;
}
