import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import request from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Pushed } from '../../src/sandbox/stream.ts';
import { eventually } from '../support/eventually.ts';
import { mira, noor, openSandbox, startGuarded, startStubbed } from '../support/sandbox.ts';

describe('the control API', () => {
  test('takes out a custom field that becomes nothing, and leaves the others', async () => {
    const sandbox = await startGuarded();
    const change = (custom_fields: object) =>
      request(sandbox.url).patch('/sandbox/api/issues/ORD-42').send({ issue: { custom_fields } });
    await change({ risk: 'low', note: 'first' });
    expect((await change({ note: null })).body).toMatchObject({ custom_fields: { risk: 'low' } });
    expect((await sandbox.issue('ORD-42')).custom_fields).toEqual({ risk: 'low' });
  });

  test.each([
    ['an issue that does not exist', '/issues/ORD-1/transition', { to: 'done' }, 404, 'ISSUE_NOT_FOUND'],
    ['somebody who does not exist', '/issues/ORD-42/transition', { to: 'done', as: 'x@y.z' }, 404, 'USER_NOT_FOUND'],
    ['a move without an aim', '/issues/ORD-42/transition', {}, 422, 'VALIDATION_FAILED'],
    ['no body', '/issues/ORD-42/transition', undefined, 422, 'VALIDATION_FAILED'],
    ['what is nowhere', '/nowhere', {}, 404, 'PATH_UNKNOWN'],
    ['what is too large', '/issues', { issue: { title: 'x'.repeat(1024 * 1024) } }, 413, 'UNREADABLE'],
    ['a path that is none', '/issues/%E0%A4%A/transition', {}, 400, 'UNREADABLE'],
  ])('refuses %s with a reason', async (_what, path, sent, status, code) => {
    const sandbox = await openSandbox();
    const response = await request(sandbox.url).post(`/sandbox/api${path}`).send(sent);
    expect([response.status, response.body]).toMatchObject([status, { code, message: expect.any(String) as string }]);
  });
});

describe('what other sites could send from this browser is refused:', () => {
  test.each<[string, Record<string, string>]>([
    ['another host name (DNS rebinding)', { Host: 'kiket.attacker.example' }],
    ['a host name that begins like ours', { Host: '127.0.0.1.attacker.example' }],
    ['another origin', { Origin: 'https://attacker.example' }],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }],
    ['no origin at all', { Origin: 'null' }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another port of this machine, without saying which', { 'Sec-Fetch-Site': 'same-site' }],
    [
      'a link, to anything but the page',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    ],
  ])('%s', async (_what, headers) => {
    const sandbox = await openSandbox();
    for (const path of ['/sandbox/api/reset', '/api/v1/ext/telemetry']) {
      const response = await request(sandbox.url).post(path).set(headers).send({});
      expect([response.status, response.body]).toEqual([
        403,
        { error: 'The sandbox only answers requests from this machine, and from no other site.' },
      ]);
    }
    expect(await sandbox.records()).toMatchObject({ telemetry: [] });
  });

  test('its own page may ask', async () => {
    const sandbox = await openSandbox();
    const port = new URL(sandbox.url).port;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const headers = { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' };
      expect((await request(sandbox.url).get('/sandbox/api/state').set(headers)).status).toBe(200);
    }
  });

  test('a link leads to the page, and a frame does not', async () => {
    const sandbox = await openSandbox();
    const visit = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    const visited = await request(sandbox.url).get('/').set(visit);
    expect([visited.status, visited.text]).toEqual([200, expect.stringContaining('<title>Kiket sandbox</title>')]);
    for (const headers of [
      { ...visit, 'Sec-Fetch-Dest': 'iframe' },
      { ...visit, 'Sec-Fetch-Mode': 'cors' },
      { ...visit, Origin: 'https://attacker.example' },
      { ...visit, Host: 'kiket.attacker.example' },
    ]) {
      expect((await request(sandbox.url).get('/').set(headers)).status).toBe(403);
    }
    for (const path of ['/sandbox/api/state', '/sandbox/page/main.js', '/.well-known/jwks.json']) {
      expect([path, (await request(sandbox.url).get(path).set(visit)).status]).toEqual([path, 403]);
    }
  });

  test('it listens only on the loopback address, and lets a page load and send nothing elsewhere', async () => {
    const sandbox = await openSandbox();
    await expect(fetch(sandbox.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow('fetch failed');
    for (const path of ['/', '/sandbox/page/main.js', '/sandbox/api']) {
      const { headers } = await request(sandbox.url).get(path);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';base-uri 'none';connect-src 'self';form-action 'none';frame-ancestors 'none';" +
          "img-src 'self';script-src 'self';style-src 'self'",
      );
    }
  });

  test('it serves its page and the library of that, and no other file', async () => {
    const sandbox = await openSandbox();
    const statusOf = async (path: string) => (await request(sandbox.url).get(path)).status;
    expect(await statusOf('/node_modules/lit-html/lit-html.js')).toBe(200);
    for (const path of ['/package.json', '/.env', '/sandbox/app.ts', '/node_modules/express/package.json']) {
      expect([path, await statusOf(path)]).toEqual([path, 404]);
    }
  });
});

describe('the stream of the state', () => {
  async function listen(url: string, view: Readonly<Record<string, string>> = {}) {
    const asked = get(`${url}/sandbox/api/events?${new URLSearchParams(view).toString()}`);
    onTestFinished(() => void asked.destroy());
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
    const pushes = () => [...text.matchAll(/^data: (.+)\n\n/gm)].map(([, json = '']) => JSON.parse(json) as Pushed);
    await eventually(() => expect(pushes()).not.toEqual([]));
    return { response, pushes };
  }

  test('is everything, at once and again after whatever changes it', async () => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    const { response, pushes } = await listen(sandbox.url);
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(pushes()[0]).toMatchObject(JSON.parse(JSON.stringify(await sandbox.snapshot())));
    const shows = (state: object) => eventually(() => expect(pushes().at(-1)).toMatchObject(state));

    await sandbox.faults.set({ latency: 1 });
    await shows({ faults: { latency: 1 } });
    const { delivery } = await sandbox.act('explain_transition', { issue: 'ORD-42' });
    await shows({ deliveries: [{ id: delivery, state: 'delivered' }] });
    sandbox.lose('It restarts.');
    await shows({ guardian: { trouble: 'It restarts.' } });
    sandbox.connect('http://127.0.0.1:2/webhook');
    await shows({ guardian: { url: 'http://127.0.0.1:2/webhook', trouble: null } });
    await request(sandbox.url)
      .post('/api/v1/ext/issues/OPS-1/comments')
      .set('X-Kiket-API-Key', sandbox.apiKey)
      .send({ comment: { body: 'By the extension' } });
    const comments = () =>
      pushes()
        .at(-1)
        ?.issues.flatMap((issue) => issue.comments);
    await eventually(() => expect(comments()).toHaveLength(1));
    await sandbox.reset();
    await eventually(() => expect(comments()).toEqual([]));
  });

  test('says what the guards would say about the move in the view, again after every change', async () => {
    const sandbox = await startGuarded();
    const { pushes } = await listen(sandbox.url, { issue: 'ORD-43', to: 'done', as: noor });
    const status = (text: string) => eventually(() => expect(pushes().at(-1)?.preview?.report?.status).toBe(text));
    await status('pending');
    await sandbox.act('approve_transition', { issue: 'ORD-43', as: mira });
    await status('allow');
    // The question itself brings telemetry, and that no further question.
    const asked = sandbox.changeCount();
    await request(sandbox.url).post('/api/v1/ext/telemetry').send({ event: 'x' });
    expect(sandbox.changeCount()).toBe(asked);
  });

  test('does not wait for guards that take their time', async () => {
    const { sandbox } = await startStubbed(() => () => {});
    const { pushes } = await listen(sandbox.url, { issue: 'ORD-43' });
    await sandbox.faults.set({ latency: 1 });
    await eventually(() => expect(pushes().at(-1)).toMatchObject({ faults: { latency: 1 } }));
    expect(pushes().every(({ preview }) => preview === undefined)).toBe(true);
  });

  test('has the effect of an answer by the change that the answer names', async () => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    const { pushes } = await listen(sandbox.url);
    const { headers } = await request(sandbox.url).patch('/sandbox/api/faults').send({ latency: 7 });
    const change = Number(headers['x-sandbox-change']);
    await eventually(() => expect(pushes().some((pushed) => pushed.change >= change)).toBe(true));
    expect(pushes().find((pushed) => pushed.change >= change)).toMatchObject({ faults: { latency: 7 } });
  });

  test('ends with the sandbox', async () => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    const { response } = await listen(sandbox.url);
    response.on('error', () => {});
    const ended = new Promise((resolve) => {
      response.once('close', resolve);
    });
    await sandbox.close();
    await ended;
    expect(response.destroyed).toBe(true);
  });
});
