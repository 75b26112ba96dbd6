import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { defer } from '../support/defer.ts';
import { mira } from '../support/sandbox.ts';
import { card, drawn, eventually, openBoard } from '../support/sandboxBoard.ts';

/** The ids of the deliveries in the order in which the page lists them. */
function listed(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    "[...document.querySelectorAll('[data-delivery]')].map(({ dataset }) => dataset.delivery)",
  );
}

test('deliveries are listed in the order in which they were made, whichever is loaded first', async () => {
  const { page, sandbox } = await openBoard();
  const [held, loaded] = [defer(), defer()];
  const first = defer<string>();
  await page.route('**/deliveries/dlv_*', async (route) => {
    first.resolve(route.request().url());
    const isFirst = (await first.promise) === route.request().url();
    if (isFirst) await held.promise;
    await route.continue();
    if (isFirst) loaded.resolve();
  });
  await sandbox.transition('ORD-43', { to: 'backlog', as: mira });
  await first.promise;
  await sandbox.transition('ORD-44', { to: 'review', as: mira });
  await sandbox.drain();
  await page.locator('[data-delivery]', { hasText: 'ORD-44' }).first().waitFor();
  held.resolve();
  const made = (await sandbox.deliveries()).map(({ id }) => id);
  await eventually(async () => expect((await listed(page)).toSorted()).toEqual(made.toSorted()));
  expect(await listed(page)).toEqual(made);
});

test('one that is sent again after a hundred newer ones is not listed among them', async () => {
  const { page, sandbox } = await openBoard();
  const { delivery: old } = await sandbox.act('explain_transition', { issue: 'ORD-42' });
  for (let count = 0; count < 100; count += 1) await sandbox.act('explain_transition', { issue: 'ORD-42' });
  const newer = (await sandbox.deliveries()).map(({ id }) => id);
  await eventually(async () => expect(await listed(page)).toEqual(newer));
  const loaded = page.waitForResponse(`**/deliveries/${old}`);
  await sandbox.redeliver(old);
  await (await loaded).finished();
  await drawn(page);
  expect(await listed(page)).toEqual(newer);
});

test('what was asked before the story started over is not listed in the new one', async () => {
  const { page, sandbox } = await openBoard({ complaints: /status of 404/ });
  const [asked, released] = [defer(), defer()];
  const answered: Promise<unknown>[] = [];
  await page.route('**/deliveries/dlv_*', async (route) => {
    const response = await route.fetch();
    asked.resolve();
    await released.promise;
    answered.push(page.waitForEvent('requestfinished', (request) => request === route.request()));
    await route.fulfill({ response });
  });
  await sandbox.act('explain_transition', { issue: 'ORD-42' });
  await asked.promise;
  const loaded = page.waitForResponse('**/api/deliveries');
  await sandbox.reset();
  await (await loaded).finished();
  released.resolve();
  await eventually(() => expect(answered.length).toBeGreaterThan(0));
  await Promise.all(answered);
  await drawn(page);
  expect([await listed(page), await sandbox.deliveries()]).toEqual([[], []]);
});

test('an issue that has moved before the page knows of it gets no false alarm about where it could go', async () => {
  const { page, sandbox } = await openBoard();
  await page.locator('.guards .reasons').waitFor();
  const held = defer();
  await page.route('**/board', async (route) => {
    await held.promise;
    await route.continue();
  });
  await sandbox.transition('ORD-42', { to: 'in_progress', as: mira });
  const next = page.getByRole('group', { name: 'Next status' });
  const asked = page.waitForResponse('**/guards');
  await next.getByRole('button', { name: 'Done' }).click();
  await (await asked).finished();
  await drawn(page);
  expect(await page.locator('.guards .trouble').count()).toBe(0);
  held.resolve();
  await eventually(async () => expect(await next.getByRole('button').allInnerTexts()).toEqual(['Backlog', 'Review']));
  await page.locator('.guards li[data-guard=requireFields][data-status=allow]').waitFor();
  expect(await card(page, 'ORD-42').count()).toBe(1);
});
