import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { mira } from '../support/sandbox.ts';
import { result, card, eventually, openBoard, shownDeliveries } from '../support/sandboxBoard.ts';
import { focusByTab, isFocused } from '../support/sandboxKeyboard.ts';

/** Goes to the latest delivery and opens it. */
async function openLatest(page: Page): Promise<void> {
  await focusByTab(page, page.locator('[data-delivery] button').first());
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
}

test('a delivery is opened, sent again and closed with only the keyboard', async () => {
  const { page, sandbox, logged } = await openBoard();
  const { delivery } = await sandbox.act('approve_transition', { issue: 'ORD-42', as: 'noor@example.com' });
  await page.locator('[data-delivery]', { hasText: 'success' }).waitFor();
  await openLatest(page);
  await focusByTab(page, page.getByRole('button', { name: 'Redeliver' }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Sent again, with the same id.').waitFor();
  expect(await page.locator('.attempt-details').count()).toBe(2);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await isFocused(page.locator('[data-delivery] button').first())).toBe(true);
  expect(logged().filter(({ deliveryId }) => deliveryId === delivery)).toHaveLength(2);
});

test('a body is edited and sent, and the other tools are reached, with only the keyboard', async () => {
  const { page, sandbox } = await openBoard();
  await sandbox.transition('ORD-42', { to: 'done', as: mira });
  await page.locator('[data-delivery]', { hasText: 'deny' }).waitFor();
  const content = (await sandbox.deliveries())[0]?.content ?? {};
  await openLatest(page);
  await focusByTab(page, page.getByText('Edit and send'));
  await page.keyboard.press('Enter');
  await focusByTab(page, page.getByLabel('Body (its token'));
  await page.keyboard.type('{');
  await focusByTab(page, page.getByRole('button', { name: 'Send', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByText("this isn't JSON").waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Control+a');
  const issue = { ...(content['issue'] as object), assignee_id: 19 };
  await page.keyboard.insertText(JSON.stringify({ ...content, id: 'evt_by_keyboard', issue }));
  await focusByTab(page, page.getByRole('button', { name: 'Send', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByText('This is the delivery with your changes.').waitFor();
  await eventually(async () =>
    expect((await shownDeliveries(page))[0]).toBe('workflow.before_transition ORD-42 200 pending'),
  );
  await focusByTab(page, page.getByText('Save as replay'));
  await page.keyboard.press('Enter');
  await focusByTab(page, page.getByLabel('File name in replay/'));
  await focusByTab(page, page.getByRole('button', { name: 'Copy as curl' }));
  await page.keyboard.press('Enter');
  await focusByTab(page, page.getByLabel('curl command'));
});

test('the fields of an issue are edited with only the keyboard', async () => {
  const { page, sandbox } = await openBoard();
  await focusByTab(page, page.getByRole('button', { name: 'Edit', exact: true }));
  await page.keyboard.press('Enter');
  await page.locator('[name=title]:focus').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Typed');
  await focusByTab(page, page.getByLabel('Labels'));
  await page.keyboard.type('a, b');
  await focusByTab(page, page.getByLabel('Custom fields'));
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"risk": "low"}');
  await focusByTab(page, page.getByRole('button', { name: 'Save' }));
  await page.keyboard.press('Enter');
  await result(page).getByText('ORD-42 changed').waitFor();
  await card(page, 'ORD-42').getByText('Typed').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await isFocused(page.getByRole('button', { name: 'Edit', exact: true }))).toBe(true);
  expect(await sandbox.issue('ORD-42')).toMatchObject({
    title: 'Typed',
    labels: ['a', 'b'],
    custom_fields: { risk: 'low' },
  });
});

test('faults of each kind are switched with only the keyboard, and all turned off', async () => {
  const { page, sandbox } = await openBoard();
  const isSet = (faults: object) => eventually(() => expect(sandbox.faults.current()).toMatchObject(faults));
  await focusByTab(page, page.locator('.faults summary'));
  await page.keyboard.press('Enter');
  await focusByTab(page, page.locator('#fault-latency'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('5');
  await focusByTab(page, page.locator('#fault-error'));
  await isSet({ latency: 5 });
  await page.keyboard.type('once');
  await isSet({ error: 1 });
  await focusByTab(page, page.locator('#fault-wrong_secret'));
  await page.keyboard.type('on');
  await isSet({ wrong_secret: true });
  await page.getByRole('button', { name: 'Turn off all', exact: true }).waitFor();
  await focusByTab(page, page.getByRole('button', { name: 'Turn off all faults' }));
  await page.keyboard.press('Control+k');
  await page.keyboard.type('turn off all faults');
  await page.keyboard.press('Enter');
  await isSet({ latency: 0, error: false, wrong_secret: false });
  await page.locator('[aria-live=polite]', { hasText: 'all off' }).waitFor();
});
