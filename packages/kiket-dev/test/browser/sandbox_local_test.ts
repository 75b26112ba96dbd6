import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { card, eventually, openBoard, openPage } from '../support/sandboxBoard.ts';
import { openFullBoard, views } from '../support/sandboxViews.ts';

test('the page is small, comes only from the sandbox, and needs no other network', async () => {
  const { page, sandbox } = await openBoard();
  await page.locator('.preview .reasons').waitFor();
  const loaded = await page.evaluate<{ url: string; bytes: number }[]>(`
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map(({ name, decodedBodySize }) => ({ url: name, bytes: decodedBodySize }))
  `);
  expect(loaded.map(({ url }) => url)).toContain(`${sandbox.url}/node_modules/lit-html/lit-html.js`);
  expect(loaded.filter(({ url }) => !url.startsWith(`${sandbox.url}/`))).toEqual([]);
  expect(loaded.filter(({ url }) => !url.includes('/sandbox/api/')).length).toBeLessThan(50);
  expect(loaded.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(150_000);
});

test('all that the page does works without any other network', async () => {
  const { page, sandbox } = await openFullBoard({});
  const asked = new Set<string>();
  await page.context().route('**', async (route) => {
    const { origin } = new URL(route.request().url());
    asked.add(origin);
    await (origin === sandbox.url ? route.continue() : route.abort('internetdisconnected'));
  });
  await page.reload();
  await page.locator('.preview .reasons').waitFor();
  for (const show of Object.values(views)) {
    await show(page);
    await page.reload();
    await page.locator('.preview .reasons').waitFor();
  }
  expect([...asked]).toEqual([sandbox.url]);
});

test('nothing in the page runs but its own files: an inline script and a style attribute are refused', async () => {
  const { page } = await openBoard({ complaints: /Content Security Policy/ });
  await page.evaluate(`
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
    document.body.setAttribute('style', 'opacity: 0.5');
  `);
  expect(await page.evaluate('[window.ran, getComputedStyle(document.body).opacity]')).toEqual([undefined, '1']);
});

test('a page on another port of this machine can read nothing, do nothing and frame nothing', async () => {
  const { sandbox } = await openBoard();
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Changed' } });
  const evil = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<body>evil'));
  await new Promise<void>((resolve) => {
    evil.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void evil.close());
  const { port } = evil.address() as AddressInfo;
  const foreign = await (await openPage(sandbox.url)).context().newPage();
  await foreign.goto(`http://127.0.0.1:${port}/`);
  const tried = await foreign.evaluate<string[]>(`(async () => {
    const url = ${JSON.stringify(sandbox.url)};
    const textOf = (work) => work.then((value) => String(value), () => 'refused');
    const loads = (name, attributes) => new Promise((resolve) => {
      const element = Object.assign(document.createElement(name), attributes);
      element.addEventListener('load', () => resolve(name + ' loaded'));
      element.addEventListener('error', () => resolve('refused'));
      document.body.append(element);
    });
    const form = Object.assign(document.createElement('form'), { action: url + '/sandbox/api/reset', method: 'post', target: 'frame' });
    const frame = Object.assign(document.createElement('iframe'), { name: 'frame' });
    document.body.append(frame, form);
    form.submit();
    const stream = new EventSource(url + '/sandbox/api/events');
    return Promise.all([
      textOf(fetch(url + '/sandbox/api/state').then((response) => response.text())),
      textOf(fetch(url + '/sandbox/api/reset', { method: 'POST', mode: 'no-cors' }).then((response) => response.type)),
      textOf(fetch(url + '/sandbox/api/issues/ORD-42', { method: 'PATCH', body: '{}', headers: { 'Content-Type': 'application/json' } })),
      loads('script', { src: url + '/sandbox/page/main.js' }),
      loads('img', { src: url + '/sandbox/page/icon.svg' }),
      new Promise((resolve) => {
        stream.addEventListener('open', () => resolve('stream open'));
        stream.addEventListener('error', () => resolve('refused'));
      }),
    ]);
  })()`);
  expect(tried).toEqual(tried.map(() => 'refused'));
  await foreign.evaluate(
    `document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(sandbox.url)}, name: 'framed' }))`,
  );
  await eventually(() => expect(foreign.frame('framed')?.url()).toMatch(/^chrome-error:/));
  expect((await sandbox.issue('ORD-42')).title).toBe('Changed');

  await foreign.evaluate(
    `document.body.append(Object.assign(document.createElement('a'), { href: ${JSON.stringify(sandbox.url)}, textContent: 'Look' }))`,
  );
  await foreign.getByRole('link', { name: 'Look' }).click();
  await card(foreign, 'ORD-42').waitFor();
});

test('a name or another address that leads to this machine is not enough to see the page', async () => {
  const { sandbox, page } = await openBoard();
  const rebound = await page.context().newPage();
  const response = await rebound.goto(sandbox.url.replace('127.0.0.1', 'attacker.localhost'));
  expect(response?.status()).toBe(403);
  expect(await rebound.locator('body').innerText()).toContain('this machine');
  await expect(rebound.goto(sandbox.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow(/net::ERR_/);
});
