import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import request from 'supertest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { faultsSchema } from '../../src/sandbox/faults.ts';
import { eventually } from '../support/eventually.ts';
import { mira, noor, openSandbox, startGuarded, startStubbed } from '../support/sandbox.ts';

describe('the control API', () => {
  test('shows everything that a board needs', async () => {
    const sandbox = await startGuarded();
    await sandbox.transition('ORD-43', { to: 'done', as: mira });
    const { status, body } = await request(sandbox.url).get('/sandbox/api/board');
    expect([status, body]).toEqual([200, await sandbox.board()]);
    const { extension, projects, issues, users, faults } = await sandbox.board();
    expect(extension.actions[0]).toMatchObject({
      key: 'approve_transition',
      label: 'Approve the next protected move',
      scopes: ['issue'],
      event: 'guardian.approve_transition',
    });
    expect(projects[0]).toMatchObject({ key: 'ORD', states: expect.any(Array) as unknown[] });
    expect(projects[0]?.states.map(({ key, next }) => [key, next])).toEqual([
      ['backlog', ['in_progress']],
      ['in_progress', ['backlog', 'review']],
      ['review', ['backlog', 'in_progress', 'done']],
      ['done', ['backlog', 'in_progress', 'review']],
    ]);
    expect(issues.find(({ key }) => key === 'ORD-43')).toMatchObject({
      status: 'review',
      waiting: {
        to: 'done',
        user: { email: mira },
        message: 'Moving to "done" waits for 1 more approval from someone other than mira@example.com (0 of 1 given).',
      },
    });
    expect([users.map(({ name }) => name), faults]).toEqual([['Mira', 'Noor', 'Sam'], sandbox.faults.current()]);
  });

  test('does all that the library does', async () => {
    const sandbox = await startGuarded();
    const api = request(`${sandbox.url}/sandbox/api`);
    const made = await api.post('/issues').send({ issue: { project_key: 'ORD', title: 'New' }, as: mira });
    expect([made.status, made.body]).toMatchObject([200, { key: 'ORD-46', status: 'backlog' }]);
    const changed = await api.patch('/issues/ORD-42').send({ issue: { assignee_id: 19 }, as: mira });
    expect([changed.status, changed.body]).toMatchObject([200, { assignee: { name: 'Mira' } }]);
    const moved = await api.post('/issues/ORD-42/transition').send({ to: 'done', as: mira });
    expect([moved.status, moved.body]).toMatchObject([200, { status: 'pending', issue: { status: 'review' } }]);
    const acted = await api.post('/actions/approve_transition').send({ issue: 'ORD-42', as: noor });
    expect([acted.status, acted.body]).toMatchObject([200, { moves: [{ status: 'allow' }] }]);
    const drained = await api.post('/drain');
    expect([drained.status, drained.body]).toEqual([200, {}]);
    const issue = await api.get('/issues/ORD-42');
    expect([issue.status, issue.body]).toMatchObject([
      200,
      { status: 'done', comments: expect.any(Array) as unknown[] },
    ]);

    const { body: deliveries } = (await api.get('/deliveries')) as { body: { id: string }[] };
    expect(deliveries).toEqual(JSON.parse(JSON.stringify(await sandbox.deliveries())));
    const id = deliveries.at(-1)?.id ?? '';
    expect((await api.get(`/deliveries/${id}`)).body).toMatchObject({ id, attempts: [{ number: 1 }] });
    const guards = await api.post('/issues/ORD-43/guards').send({ to: 'done', as: mira });
    expect([guards.status, guards.body]).toMatchObject([
      200,
      { report: { status: 'pending', guards: expect.any(Array) as unknown[] } },
    ]);
    expect((await api.get(`/deliveries/${id}/signed`)).body).toMatchObject({ headers: { 'X-Kiket-Delivery': id } });
    expect((await api.post(`/deliveries/${id}/redeliver`)).body).toMatchObject({ id, attempts: [{}, { number: 2 }] });
    const edited = await api.post(`/deliveries/${id}/send`).send({ body: { event: 'board.generated', board: {} } });
    expect(edited.body).toMatchObject({ attempts: [{ answer: '{"status":"ignored","event":"board.generated"}' }] });

    expect((await api.patch('/faults').send({ latency: 3 })).body).toMatchObject({ latency: 3 });
    expect((await api.get('/faults')).body).toMatchObject({ latency: 3 });
    expect((await api.delete('/faults')).body).toMatchObject({ latency: 0 });
    const { properties } = (await api.get('/faults/schema')).body as { properties: Record<string, object> };
    expect(Object.keys(properties)).toEqual(Object.keys(faultsSchema.shape));
    expect(properties['latency']).toMatchObject({ type: 'integer', maximum: 60_000, default: 0 });
    // The row of the move; those of the decisions on the way to it may be there already.
    const { body: records } = await api.get('/records');
    const row = expect.objectContaining({ table: 'decisions' }) as object;
    expect(records).toMatchObject({ custom_data: expect.arrayContaining([row]) as unknown[], events: [] });
    const anew = await api.post('/reset');
    expect(anew.body).toEqual(await sandbox.board());
    expect(await sandbox.deliveries()).toEqual([]);
  });

  test('takes out a custom field that becomes nothing, and leaves the others', async () => {
    const sandbox = await openSandbox();
    const change = (custom_fields: object) =>
      request(sandbox.url).patch('/sandbox/api/issues/ORD-42').send({ issue: { custom_fields } });
    await change({ risk: 'low', note: 'first' });
    expect((await change({ note: null })).body).toMatchObject({ custom_fields: { risk: 'low' } });
    expect((await sandbox.issue('ORD-42')).custom_fields).toEqual({ risk: 'low' });
  });

  test('says in words what is wrong with a title of spaces', async () => {
    const sandbox = await openSandbox();
    const issue = { project_key: 'ORD', title: '  ' };
    const { body } = await request(sandbox.url).post('/sandbox/api/issues').send({ issue });
    expect(body).toMatchObject({ message: 'That is not right: issue.title: has to say something.' });
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
      expect((await request(sandbox.url).get('/sandbox/api/board').set(headers)).status).toBe(200);
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
    for (const path of ['/sandbox/api/board', '/sandbox/page/main.js', '/.well-known/jwks.json']) {
      expect([path, (await request(sandbox.url).get(path).set(visit)).status]).toEqual([path, 403]);
    }
  });

  test('it listens on the loopback address alone, and lets a page load and send nothing elsewhere', async () => {
    const sandbox = await openSandbox();
    expect(new URL(sandbox.url).hostname).toBe('127.0.0.1');
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
    expect(await statusOf('/sandbox/page/..%2f..%2fpackage.json')).not.toBe(200);
  });
});

describe('the stream of changes', () => {
  async function listen(url: string) {
    const asked = get(`${url}/sandbox/api/events`);
    onTestFinished(() => void asked.destroy());
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    response.on('data', (chunk: Buffer) => void (text += chunk.toString()));
    await eventually(() => expect(text).toContain('this stream tells'));
    const changes = () => [...text.matchAll(/^data: (.+)\n\n/gm)].map(([, json = '']) => JSON.parse(json) as unknown);
    return { response, changes };
  }

  test('tells of issues, deliveries, faults, reports and a new beginning', async () => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    const { response, changes } = await listen(sandbox.url);
    expect(response.headers['content-type']).toBe('text/event-stream');

    await sandbox.changeIssue('ORD-42', { issue: { priority: 'high' } });
    await sandbox.faults.set({ latency: 1 });
    const { delivery } = await sandbox.act('explain_transition', { issue: 'ORD-42' });
    await request(sandbox.url).post('/api/v1/ext/telemetry').send({ event: 'x' });
    await sandbox.reset();
    await eventually(() =>
      expect(changes()).toEqual([
        { type: 'issue', key: 'ORD-42' },
        { type: 'faults' },
        { type: 'sending', id: delivery },
        { type: 'delivery', id: delivery },
        { type: 'report' },
        { type: 'faults' },
        { type: 'reset' },
      ]),
    );
  });

  test('tells when the guardian goes away and comes back, and where it is then', async () => {
    const { sandbox, url } = await startStubbed(() => [200, {}]);
    const { changes } = await listen(sandbox.url);
    expect((await sandbox.board()).guardian).toEqual({ url, trouble: null });
    sandbox.lose('It is being mended.');
    expect((await sandbox.board()).guardian).toEqual({ url, trouble: 'It is being mended.' });
    sandbox.connect('http://127.0.0.1:2/webhook');
    expect((await sandbox.board()).guardian).toEqual({ url: 'http://127.0.0.1:2/webhook', trouble: null });
    await eventually(() => expect(changes()).toEqual([{ type: 'guardian' }, { type: 'guardian' }]));
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
