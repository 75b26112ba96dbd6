import { expect, test } from 'vitest';
import { listen } from '../support/listen.ts';
import { card, eventually, openBoard, openPage } from '../support/sandboxBoard.ts';

test('a page on another port of this machine can read nothing, do nothing and frame nothing', async () => {
  const { sandbox } = await openBoard();
  await sandbox.changeIssue('ORD-42', { issue: { title: 'Changed' } });
  const evil = await listen((_request, response) => response.setHeader('Content-Type', 'text/html').end('<body>evil'));
  const foreign = await (await openPage(sandbox.url)).context().newPage();
  await foreign.goto(evil);
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
