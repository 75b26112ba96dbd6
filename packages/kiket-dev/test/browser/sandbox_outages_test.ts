import { join } from 'node:path';
import type { Page, Request, Route } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { serveApp } from '../support/app.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { defer } from '../support/defer.ts';
import { freePort, start } from '../support/processes.ts';
import { mira } from '../support/sandbox.ts';
import { answer, card, cardIn, drawn, eventually, openBoard, openPage, violations } from '../support/sandboxBoard.ts';

test('the page says that the sandbox is gone, and goes on when it is there again', async () => {
  const options = {
    root: projectRoot,
    port: Number(await freePort()),
    database: join(temporaryFolder(), 'sandbox.db'),
  };
  const first = await createSandbox(options);
  const page = await openPage(first.url, {
    complaints: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|status of 503/,
  });
  await page.getByText('live', { exact: true }).waitFor();
  await first.close();
  await page.getByRole('alert').getByText('The sandbox does not answer. Start it again: npm run sandbox').waitFor();
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await answer(page).getByText('The sandbox does not answer. Start it again: npm run sandbox').waitFor();
  await cardIn(page, 'Review', 'ORD-42').waitFor();
  expect(await violations(page)).toEqual([]);

  const elsewhere = await createSandbox({ root: projectRoot, database: options.database });
  await elsewhere.changeIssue('ORD-42', { issue: { title: 'Missed meanwhile' } });
  await elsewhere.close();
  const second = await createSandbox(options);
  onTestFinished(() => second.close());
  await page.getByText('live', { exact: true }).waitFor();
  await card(page, 'ORD-42').getByText('Missed meanwhile').waitFor();
  await second.changeIssue('ORD-42', { issue: { title: 'After the restart' } });
  await card(page, 'ORD-42').getByText('After the restart').waitFor();
});

test('an answer that is cut short is told as what it is, and nothing pretends to have changed', async () => {
  const { page, sandbox } = await openBoard({ complaints: /ERR_FAILED/ });
  await page.route('**/transition', (route) => route.fulfill({ body: '{"status":"al' }));
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await answer(page).getByText('The sandbox does not answer. Start it again: npm run sandbox').waitFor();
  await page.route('**/issues/ORD-42', (route) =>
    route.request().method() === 'PATCH' ? route.abort() : route.continue(),
  );
  await page.getByLabel('Assignee').selectOption('Mira');
  await answer(page).getByText('Mira changes ORD-42').waitFor();
  await eventually(async () => expect(await page.getByLabel('Assignee').inputValue()).toBe(''));
  expect((await sandbox.issue('ORD-42')).assignee_id).toBe(null);
});

test('something is seen within a second, before any script has come', async () => {
  const { page } = await openBoard();
  const held = defer();
  await page.route('**/*.js', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.reload({ waitUntil: 'commit' });
  await page.getByText('Asking the sandbox…').waitFor();
  const painted = () =>
    page.evaluate<number[]>("performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime)");
  await eventually(async () => expect(await painted()).toHaveLength(1));
  expect((await painted())[0]).toBeLessThan(1_000);
  held.resolve();
  await card(page, 'ORD-42').waitFor();
});

test('the page says that it asks for as long as there is no answer', async () => {
  const { page } = await openBoard();
  const held = defer();
  await page.route('**/board', async (route) => {
    await held.promise;
    await route.continue();
  });
  const asked = page.waitForRequest('**/board');
  await page.reload();
  await asked;
  expect(await page.getByText('Asking the sandbox…').isVisible()).toBe(true);
  held.resolve();
  await card(page, 'ORD-42').waitFor();
  expect(await page.getByText('Asking the sandbox…').count()).toBe(0);
});

test('what the guards said earlier does not replace what they say now, whichever comes first', async () => {
  const { page, sandbox } = await openBoard();
  const approvals = (status: string) => page.locator(`.guards li[data-guard=requireApprovals][data-status=${status}]`);
  await approvals('pending').waitFor();
  const [asked, released] = [defer<Request>(), defer()];
  const holdFirst = async (route: Route) => {
    const response = await route.fetch();
    asked.resolve(route.request());
    await released.promise;
    await route.fulfill({ response });
  };
  await page.route('**/guards', holdFirst, { times: 1 });
  await sandbox.changeIssue('ORD-42', { issue: { priority: 'high' }, as: mira });
  const first = await asked.promise;
  await sandbox.act('approve_transition', { issue: 'ORD-42', as: 'noor@example.com' });
  await approvals('allow').waitFor();
  const isFinished = page.waitForEvent('requestfinished', (request) => request === first);
  released.resolve();
  await isFinished;
  await drawn(page);
  expect(await approvals('allow').count()).toBe(1);
});

test('pages that nobody looks at leave the connections to the one that is looked at, and catch up', async () => {
  const { page, sandbox } = await openBoard();
  const pages = [page];
  const show = (each: Page, isHidden: boolean) =>
    each.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
  for (let count = 0; count < 7; count += 1) {
    await show(pages.at(-1) ?? page, true);
    const next = await page.context().newPage();
    await next.goto(sandbox.url);
    await card(next, 'ORD-42').waitFor();
    pages.push(next);
  }
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Changed behind it' }, as: mira });
  await card(pages.at(-1) ?? page, 'ORD-42')
    .getByText('Changed behind it')
    .waitFor();
  expect(await card(page, 'ORD-42').innerText()).not.toContain('Changed behind it');
  await show(page, false);
  await card(page, 'ORD-42').getByText('Changed behind it').waitFor();
});

test('a page that is opened before the guardian is there says so, and goes on when it is', async () => {
  const [port, guardianPort, secret] = [await freePort(), await freePort(), 'one-secret-for-both'];
  const guardianUrl = `http://127.0.0.1:${guardianPort}/webhook`;
  const options = ['--port', port, '--data', temporaryFolder(), '--extension', guardianUrl, '--secret', secret];
  const sandbox = start(process.execPath, ['packages/kiket-dev/bin/kiket-dev.js', 'sandbox', ...options]);
  const [, url = ''] = await sandbox.waitFor(/Open it in a browser: (http:\S+)/);
  const page = await openPage(url, { complaints: /status of 502/ });
  const missing = `Nothing answers at ${guardianUrl}. Start the extension there.`;
  await page.getByRole('alert').getByText(missing).waitFor();
  await page.locator('.guards .trouble').getByText("The extension didn't say what its guards think").waitFor();
  await page.getByRole('button', { name: 'Menu of ORD-42' }).click();
  await page.getByRole('menuitem', { name: 'Done' }).click();
  await answer(page).getByText('The extension could not be asked: connect ECONNREFUSED').waitFor();

  await serveApp({ PORT: guardianPort, KIKET_BASE_URL: url, KIKET_WEBHOOK_SECRET: secret });
  await page.getByText('guardian ready').waitFor();
  await page.locator('.guards li[data-guard=requireFields][data-status=deny]').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});
