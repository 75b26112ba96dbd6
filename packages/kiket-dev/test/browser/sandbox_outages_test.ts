import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { serveApp } from '../support/app.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { defer } from '../../../kiket-express/test/support/defer.ts';
import { freePort } from '../support/processes.ts';
import { mira } from '../support/sandbox.ts';
import { card, cardIn, choose, eventually, openBoard, openPage, result, violations } from '../support/sandboxBoard.ts';
import { openCommand } from '../support/sandboxCommand.ts';

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
  await first.close();
  await page.getByRole('alert').getByText("The sandbox doesn't answer. Start it again: npm run sandbox").waitFor();
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page).getByText("The sandbox doesn't answer. Start it again: npm run sandbox").waitFor();
  await cardIn(page, 'Review', 'ORD-42').waitFor();
  expect(await violations(page)).toEqual([]);

  const elsewhere = await createSandbox({ root: projectRoot, database: options.database });
  await elsewhere.changeIssue('ORD-42', { issue: { title: 'Missed meanwhile' } });
  await elsewhere.close();
  const second = await createSandbox(options);
  onTestFinished(() => second.close());
  await card(page, 'ORD-42').getByText('Missed meanwhile').waitFor();
  await second.changeIssue('ORD-42', { issue: { title: 'After the restart' } });
  await card(page, 'ORD-42').getByText('After the restart').waitFor();
});

test('an answer that is cut short is reported as that, and nothing looks changed', async () => {
  const { page, sandbox } = await openBoard({ complaints: /ERR_FAILED/ });
  await page.route('**/transition', (route) => route.fulfill({ body: '{"status":"al' }));
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page).getByText("The sandbox doesn't answer. Start it again: npm run sandbox").waitFor();
  await page.route('**/issues/ORD-42', (route) =>
    route.request().method() === 'PATCH' ? route.abort() : route.continue(),
  );
  await page.getByLabel('Assignee').selectOption('Mira');
  await result(page).getByText("ORD-42 hasn't changed").waitFor();
  await eventually(async () => expect(await page.getByLabel('Assignee').inputValue()).toBe('Unassigned'));
  expect((await sandbox.issue('ORD-42')).assignee_id).toBe(null);
});

test('the page says that it is asking until the answer comes', async () => {
  const { page } = await openBoard();
  const held = defer();
  await page.route('**/events?*', async (route) => {
    await held.promise;
    await route.continue();
  });
  const asked = page.waitForRequest('**/events?*');
  await page.reload();
  await asked;
  expect(await page.getByText('Connecting to the sandbox…').isVisible()).toBe(true);
  held.resolve();
  await card(page, 'ORD-42').waitFor();
  expect(await page.getByText('Connecting to the sandbox…').count()).toBe(0);
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
  const [guardianPort, secret] = [await freePort(), 'one-secret-for-both'];
  const guardianUrl = `http://127.0.0.1:${guardianPort}/webhook`;
  const { port, startSandbox } = await openCommand();
  await startSandbox('--extension', guardianUrl, '--secret', secret);
  const url = `http://127.0.0.1:${port}`;
  const page = await openPage(url);
  const missing = `Nothing answers at ${guardianUrl}. Start the extension there.`;
  await page.getByRole('alert').getByText(missing).waitFor();
  await page.locator('.preview .trouble').getByText("The extension didn't say what its guards think").waitFor();
  await choose(page, 'ORD-42', 'Move to Done');
  await result(page).getByText('The extension gave no decision: connect ECONNREFUSED').waitFor();

  await serveApp({ PORT: guardianPort, KIKET_BASE_URL: url, KIKET_WEBHOOK_SECRET: secret });
  await page.locator('.ready').waitFor();
  await page.locator('.preview li[data-guard=requireFields][data-status=deny]').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});
