import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Faults } from '../../src/sandbox/faults.ts';
import { choose, eventually, openBoard, result, shownDeliveries } from '../support/sandboxBoard.ts';

/** Sets a switch on the page as a person does, whichever kind it is. */
async function setFault(page: Page, name: string, value: string): Promise<void> {
  const faults = page.locator('.faults details');
  if ((await faults.getAttribute('open')) === null) await faults.locator('summary').click();
  const control = page.locator(`#fault-${name}`);
  const kind = await control.evaluate((element) => element.getAttribute('type') ?? element.localName);
  if (kind === 'select') await control.selectOption({ label: value });
  if (kind === 'number') await control.fill(value).then(() => control.press('Enter'));
  await page.locator(`.fault[data-on=true] #fault-${name}`).waitFor();
}

/** Moves a card with its menu, and waits for the result. */
async function move(page: Page, key: string, to: string): Promise<string> {
  await choose(page, key, `Move to ${to}`);
  await result(page)
    .getByText(new RegExp(`^${key} (?:stays in|moved to|waits to)`))
    .first()
    .waitFor();
  return result(page).innerText();
}

describe('a delivery, with the switch set on the page,', () => {
  test.each<[keyof Faults, string, { row: string; logged: string; shown: RegExp }]>([
    ['drop', 'once', { row: 'none failed', logged: 'allow', shown: /gave no decision: The connection was cut/ }],
    ['wrong_secret', 'on', { row: '401 failed', logged: 'signature_mismatch', shown: /HTTP 401\. The signature/ }],
  ])('%s is refused or lost, as the guardian logs it', async (name, value, { row, logged: outcome, shown }) => {
    const { page, logged, sandbox } = await openBoard();
    await setFault(page, name, value);
    expect(await move(page, 'ORD-44', 'Review')).toMatch(shown);
    await eventually(async () =>
      expect(await shownDeliveries(page)).toEqual([`workflow.before_transition ORD-44 ${row}`]),
    );
    expect(logged().map((line) => line.outcome)).toContain(outcome);
    expect((await sandbox.issue('ORD-44')).status).toBe('in_progress');

    if (value !== 'once') await page.locator('.faults').getByRole('button', { name: 'Turn off all faults' }).click();
    await page.getByText('all off').waitFor();
    expect(await move(page, 'ORD-44', 'Review')).toContain('allow');
    await eventually(async () => expect((await shownDeliveries(page)).join()).toContain('ORD-44 200 allow'));
  });

  test('a refusal is called failed, even while the stream is being opened', async () => {
    const { page } = await openBoard();
    await setFault(page, 'wrong_secret', 'on');
    const answered = page.waitForResponse(/transition$/);
    await page.route(/\/events/, async (route) => {
      await answered;
      await route.continue();
    });
    expect(await move(page, 'ORD-44', 'Review')).toContain('failed');
  });

  test('an action that the guardian refuses says why', async () => {
    const { page } = await openBoard();
    await setFault(page, 'wrong_secret', 'on');
    await choose(page, 'ORD-44', 'Approve the next protected move');
    await result(page).getByText('Approve the next protected move · ORD-44').waitFor();
    expect(await result(page).innerText()).toMatch(/gave no result: HTTP 401\. The signature/);
  });
});

test('what the sandbox counts down or somebody else switches, the page shows', async () => {
  const { page, sandbox } = await openBoard();
  await setFault(page, 'error', '2 times');
  await move(page, 'ORD-44', 'Review');
  await eventually(async () => expect(await page.locator('#fault-error').inputValue()).toBe('once'));
  await sandbox.faults.set({ error: false, wrong_secret: true });
  await page.locator('.fault[data-on=true] #fault-wrong_secret').waitFor();
  expect(await page.locator('#fault-wrong_secret').inputValue()).toBe('on');
});

test('a value that no switch takes is refused with a reason', async () => {
  const { page } = await openBoard({ complaints: /status of 422/ });
  await page.locator('.faults summary').click();
  await page.locator('#fault-latency').fill('99999');
  await page.locator('#fault-latency').press('Enter');
  await result(page).getByText('Invalid request: latency: Too big').waitFor();
  await eventually(async () => expect(await page.locator('#fault-latency').inputValue()).toBe('0'));
});
