import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { mira, openSandbox, rootWith, startStubbed, tokenFor, type StubAnswer } from '../support/sandbox.ts';

const data = '/ext/custom_data/com.example.log/entries';
const extensionId = 'com.example.webhook-guardian';

/** Calls the API as an extension would, with a runtime token of project 7. */
async function startApi(options: Partial<SandboxOptions> = {}, answer: StubAnswer = [200, { status: 'success' }]) {
  const { sandbox, received } = await startStubbed(() => answer, options);
  const token = await tokenFor(sandbox);
  return { sandbox, received, token, call: caller(sandbox, { 'X-Kiket-Runtime-Token': token }) };
}

function caller(sandbox: Sandbox, credentials: Record<string, string>) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${sandbox.url}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...credentials, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> & { data: unknown },
      headers: response.headers,
    };
  };
}

describe('a credential', () => {
  test('may be the runtime token, the API key or the workspace token', async () => {
    const { sandbox, token } = await startApi();
    const credentials = [
      { 'X-Kiket-Runtime-Token': token },
      { 'X-Kiket-API-Key': sandbox.apiKey },
      { Authorization: `Bearer ${sandbox.workspaceToken}` },
    ];
    const answers = await Promise.all(credentials.map((each) => caller(sandbox, each)('GET', '/ext/issues/ORD-42')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['missing', {}, 401, 'CREDENTIAL_MISSING'],
    ['an unknown runtime token', { 'X-Kiket-Runtime-Token': 'rt_x' }, 401, 'CREDENTIAL_UNKNOWN'],
    ['an unknown API key', { 'X-Kiket-API-Key': 'ext_live_x' }, 401, 'CREDENTIAL_UNKNOWN'],
    ['an unknown bearer', { Authorization: 'Bearer x' }, 401, 'CREDENTIAL_UNKNOWN'],
    ['one of two', { 'X-Kiket-API-Key': 'x', Authorization: 'Bearer x' }, 400, 'CREDENTIAL_AMBIGUOUS'],
  ])('that is %s is refused', async (_what, credentials, status, code) => {
    const sandbox = await openSandbox();
    await sandbox.faults.set({ error_shape: 'detailed' });
    const response = await caller(sandbox, credentials)('GET', '/ext/issues');
    expect([response.status, response.body['code']]).toEqual([status, code]);
  });

  test('expires after fifteen minutes', async () => {
    let now = new Date('2026-03-02T12:00:00Z');
    const { call } = await startApi({ clock: () => now });
    now = new Date('2026-03-02T12:14:59Z');
    const before = await call('GET', '/ext/issues');
    now = new Date('2026-03-02T12:15:00Z');
    const after = await call('GET', '/ext/issues');
    expect([before.status, after.status]).toEqual([200, 401]);
  });

  test('that is a JWT can be checked with the published keys', async () => {
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    const { sandbox } = await startApi();
    await sandbox.faults.set({ token: 'jwt' });
    const token = await tokenFor(sandbox);
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', sandbox.url));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: 'kiket.dev', algorithms: ['ES256'] });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) as string });
    expect(payload).toMatchObject({ org_id: 3, ext_id: 55, proj_id: 7, pi_id: 812, src: 'webhook' });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(15 * 60);
    const response = await caller(sandbox, { 'X-Kiket-Runtime-Token': token })('GET', '/ext/issues');
    expect(response.status).toBe(200);
  });
});

test('every call says which scope it requires', async () => {
  const scopes = [
    ['GET', '/ext/issues', 'issues:read'],
    ['GET', '/ext/issues/ORD-42', 'issues:read'],
    ['POST', '/ext/issues', 'issues:write'],
    ['PATCH', '/ext/issues/ORD-42', 'issues:write'],
    ['POST', '/ext/issues/ORD-42/transitions', 'issues:write'],
    ['GET', '/ext/issues/ORD-42/comments', 'comments:read'],
    ['POST', '/ext/issues/ORD-42/comments', 'comments:write'],
    ['GET', `${data}?project_id=7`, 'custom_data:read'],
    ['GET', `${data}/1?project_id=7`, 'custom_data:read'],
    ['POST', `${data}?project_id=7`, 'custom_data:write'],
    ['PATCH', `${data}/1?project_id=7`, 'custom_data:write'],
    ['DELETE', `${data}/1?project_id=7`, 'custom_data:write'],
    ['GET', '/ext/sla/events?project_id=7', 'issues:read'],
    ['GET', `/extensions/${extensionId}/secrets`, 'secrets:read'],
    ['GET', `/extensions/${extensionId}/secrets/A`, 'secrets:read'],
    ['POST', `/extensions/${extensionId}/secrets`, 'secrets:write'],
    ['POST', `/extensions/${extensionId}/secrets/A`, 'secrets:write'],
    ['PATCH', `/extensions/${extensionId}/secrets/A`, 'secrets:write'],
    ['DELETE', `/extensions/${extensionId}/secrets/A`, 'secrets:write'],
    ['POST', `/extensions/${extensionId}/actions/approve_transition`, 'workflows:execute'],
  ];
  const { sandbox, call } = await startApi({ scopes: ['project:7'] });
  await sandbox.faults.set({ error_shape: 'detailed' });
  for (const [method = '', path = '', scope] of scopes) {
    const { status, body } = await call(method, path, method === 'GET' ? undefined : {});
    const message = `This call requires the scope ${scope}. Add it to the manifest's permissions.`;
    const details = [{ field: 'scope', message: scope }];
    expect([path, status, body]).toEqual([
      path,
      403,
      { error: 'scope_missing', code: 'SCOPE_MISSING', message, details },
    ]);
  }
});

describe('issues', () => {
  test('are listed in pages, only those of the token', async () => {
    const { call } = await startApi();
    const { body } = await call('GET', '/ext/issues?per_page=3&page=2');
    expect(body).toMatchObject({
      issues: [{ key: 'ORD-45' }],
      pagination: { page: 2, per_page: 3, total_pages: 2, total_count: 4 },
    });
    const inReview = await call('GET', '/ext/issues?status=review');
    expect((inReview.body['issues'] as { key: string }[]).map(({ key }) => key)).toEqual(['ORD-42', 'ORD-43']);
  });

  test('can be got by key and by id', async () => {
    const { call } = await startApi();
    const [byKey, byId] = [await call('GET', '/ext/issues/ORD-43'), await call('GET', '/ext/issues/4712')];
    expect([byKey.status, byKey.body]).toEqual([200, byId.body]);
    expect(byKey.body).toMatchObject({ id: 4712, key: 'ORD-43', assignee: { name: 'Noor' }, labels: [] });
  });

  test('are created in the first state, and the extension is notified', async () => {
    const { sandbox, call, received } = await startApi();
    const issue = { project_key: 'ORD', title: 'New', labels: ['x'], custom_fields: { risk: 'low' } };
    const { status, body } = await call('POST', '/ext/issues', { issue });
    expect([status, body]).toMatchObject([
      201,
      { key: 'ORD-46', status: 'backlog', title: 'New', labels: ['x'], custom_fields: { risk: 'low' } },
    ]);
    await sandbox.drain();
    expect(received.at(-1)?.body).toMatchObject({ event: 'issue.created', issue: { key: 'ORD-46' } });
  });

  test('are changed where something is named, and nowhere else', async () => {
    const { call } = await startApi();
    await call('PATCH', '/ext/issues/ORD-42', { issue: { custom_fields: { one: 1 } } });
    const { status, body } = await call('PATCH', '/ext/issues/ORD-42', {
      issue: { assignee_id: 23, custom_fields: { two: 2 } },
    });
    expect([status, body]).toMatchObject([
      200,
      { assignee: { name: 'Noor' }, labels: ['invoices'], custom_fields: { one: 1, two: 2 }, status: 'review' },
    ]);
  });

  test.each([
    ['a status', { status: 'done' }],
    ["an id that is nobody's", { assignee_id: 1 }],
    ['a title that is blank', { title: ' ' }],
  ])('are not changed to have %s', async (_what, issue) => {
    const { call } = await startApi();
    expect((await call('PATCH', '/ext/issues/ORD-42', { issue })).status).toBe(422);
    expect((await call('GET', '/ext/issues/ORD-42')).body).toMatchObject({ status: 'review', assignee: null });
  });

  test('are commented on by the extension', async () => {
    const { sandbox, call } = await startApi();
    const added = await call('POST', '/ext/issues/ORD-42/comments', { comment: { body: 'Approved by Noor.' } });
    const comment = { id: 1, issue_id: 4711, body: 'Approved by Noor.', author: null, created_at: expect.any(String) };
    expect([added.status, added.body]).toEqual([201, comment]);
    expect((await call('GET', '/ext/issues/ORD-42/comments')).body).toEqual({ comments: [comment] });
    expect((await sandbox.issue('ORD-42')).comments).toEqual([comment]);
  });

  test.each<[string, StubAnswer, number, object]>([
    ['move when the guard allows', [200, { status: 'allow' }], 200, { key: 'ORD-42', status: 'done' }],
    [
      'stay when it denies',
      [200, { status: 'deny', message: 'No.' }],
      422,
      { code: 'WORKFLOW_TRANSITION_GUARD_FAILED', message: 'No.' },
    ],
  ])('%s', async (_what, answer, status, body) => {
    const { sandbox, call } = await startApi({}, answer);
    await sandbox.faults.set({ error_shape: 'detailed' });
    const response = await call('POST', '/ext/issues/ORD-42/transitions', { transition: 'done' });
    expect([response.status, response.body]).toMatchObject([status, body]);
  });
});

describe('custom data', () => {
  test('is made, read, changed and deleted', async () => {
    const { sandbox, call } = await startApi();
    const at = `${data}?project_id=7`;
    const made = await call('POST', at, { record: { issue: 'ORD-42', decision: 'allow' } });
    expect([made.status, made.body]).toEqual([201, { data: { id: 1, issue: 'ORD-42', decision: 'allow' } }]);
    const one = `${data}/1?project_id=7`;
    const changed = await call('PATCH', one, { record: { decision: 'deny' } });
    const row = { id: 1, issue: 'ORD-42', decision: 'deny' };
    expect([changed.status, changed.body]).toEqual([200, { data: row }]);
    expect((await call('GET', one)).body).toEqual({ data: row });
    expect((await call('GET', at)).body).toEqual({ data: [row] });
    expect((await sandbox.records()).custom_data).toEqual([
      {
        id: 1,
        project_id: 7,
        module: 'com.example.log',
        table: 'entries',
        record: { issue: 'ORD-42', decision: 'deny' },
      },
    ]);

    const deleted = await call('DELETE', one);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    expect([(await call('GET', at)).body, (await call('GET', one)).status]).toEqual([{ data: [] }, 404]);
  });

  test('is filtered and limited', async () => {
    const { call } = await startApi();
    for (const n of [1, 2, 2]) await call('POST', `${data}?project_id=7`, { record: { n } });
    const filtered = await call('GET', `${data}?project_id=7&filters=${encodeURIComponent('{"n":2}')}`);
    const limited = await call('GET', `${data}?project_id=7&limit=1`);
    expect([filtered.body.data, limited.body.data]).toEqual([
      [
        { id: 2, n: 2 },
        { id: 3, n: 2 },
      ],
      [{ id: 1, n: 1 }],
    ]);
    expect((await call('GET', `${data}?project_id=7&filters=n`)).status).toBe(422);
  });

  test('is of one project, one module and one table', async () => {
    const { sandbox, call } = await startApi();
    await call('POST', `${data}?project_id=7`, { record: { n: 1 } });
    const whole = caller(sandbox, { 'X-Kiket-API-Key': sandbox.apiKey });
    expect((await whole('GET', `${data}?project_id=8`)).body).toEqual({ data: [] });
    expect((await whole('GET', `${data}/1?project_id=8`)).status).toBe(404);
    expect((await call('GET', '/ext/custom_data/com.example.log/others?project_id=7')).body).toEqual({ data: [] });
    expect((await call('GET', data)).status).toBe(422);
  });

  test('is where the kiket CLI looks for it, with a workspace token, a project by key, and filters as text', async () => {
    const { sandbox } = await startApi();
    const call = caller(sandbox, { Authorization: `Bearer ${sandbox.workspaceToken}` });
    const rows = '/custom_data/com.example.log/entries';
    for (const n of [1, 2]) await call('POST', `${rows}?project_key=ORD`, { record: { n, status: 'open' } });
    const filters = new URLSearchParams({ limit: '50', 'filters[n]': '2', 'filters[status]': 'open' });
    const row = { id: 2, n: 2, status: 'open' };
    expect((await call('GET', `${rows}?project_id=7&${String(filters)}`)).body).toEqual({ data: [row] });
    expect((await call('GET', `${rows}?project_key=NONE`)).status).toBe(404);
  });

  test.each([
    ['a module that the manifest does not name', 'GET', '/ext/custom_data/com.example.other/entries?project_id=7', []],
    ['writing where the manifest asks for reading', 'POST', `${data}?project_id=7`, ['read']],
  ])('is refused for %s', async (_what, method, path, operations) => {
    const root = rootWith({ custom_data: { permissions: [{ module: 'com.example.log', operations }] } });
    const { sandbox } = await startStubbed(() => [200, {}], { root });
    const call = caller(sandbox, { 'X-Kiket-API-Key': sandbox.apiKey });
    const { status, body } = await call(method, path, method === 'GET' ? undefined : { record: {} });
    expect([status, body]).toEqual([
      403,
      { error: expect.stringContaining("Add it to the manifest's custom_data.permissions.") as string },
    ]);
  });
});

test('a token of one project reaches nothing of another', async () => {
  const { call } = await startApi();
  const answers = [
    await call('GET', '/ext/issues/OPS-1'),
    await call('PATCH', '/ext/issues/OPS-1', { issue: { title: 'Mine' } }),
    await call('POST', '/ext/issues/OPS-1/comments', { comment: { body: 'Hello' } }),
    await call('POST', '/ext/issues/OPS-1/transitions', { transition: 'done' }),
    await call('GET', '/ext/issues?project_id=8'),
    await call('POST', '/ext/issues', { issue: { project_key: 'OPS', title: 'Mine' } }),
    await call('GET', `${data}?project_id=8`),
    await call('POST', `${data}?project_id=8`, { record: {} }),
    await call('GET', '/ext/sla/events?project_id=8'),
    await call('POST', `/extensions/${extensionId}/actions/decision_report`, { project: 'OPS' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 403, 403, 403, 403, 403, 403]);
});

test('SLA events are listed by issue and state', async () => {
  const { call } = await startApi();
  const ask = async (query: string) => (await call('GET', `/ext/sla/events?project_id=7&${query}`)).body.data;
  const imminent = { id: 1, issue_id: 4711, state: 'imminent', resolved_at: null, definition: { status: 'review' } };
  expect(await ask('issue_id=4711&state=imminent')).toMatchObject([imminent]);
  expect([await ask('issue_id=4712'), await ask('state=breached')]).toEqual([[], []]);
  expect((await call('GET', '/ext/sla/events?project_id=7&limit=0')).status).toBe(422);
});

describe('secrets', () => {
  const at = `/extensions/${extensionId}/secrets`;

  test('are written in both forms, read, changed and deleted, and reach the next delivery', async () => {
    const { sandbox, received } = await startApi();
    const call = caller(sandbox, { 'X-Kiket-API-Key': sandbox.apiKey });
    expect((await call('POST', at, { secret: { key: 'CHECKS_API_TOKEN', value: 'one' } })).status).toBe(201);
    expect((await call('POST', at, { secret: { key: 'CHECKS_API_TOKEN', value: 'two' } })).status).toBe(422);
    expect((await call('PATCH', `${at}/CHECKS_API_TOKEN`, { secret: { value: 'three' } })).status).toBe(200);
    expect((await call('POST', `${at}/OTHER`, { value: 'four' })).status).toBe(201);
    expect((await call('GET', `${at}/CHECKS_API_TOKEN`)).body).toEqual({ key: 'CHECKS_API_TOKEN', value: 'three' });

    const time = expect.any(String) as string;
    expect((await call('GET', at)).body).toEqual([
      { key: 'CHECKS_API_TOKEN', created_at: time, updated_at: time },
      { key: 'OTHER', created_at: time, updated_at: time },
    ]);
    await sandbox.faults.set({ secrets_shape: 'keys' });
    expect((await call('GET', at)).body).toEqual({ keys: ['CHECKS_API_TOKEN', 'OTHER'] });

    await sandbox.act('decision_report', { project: 'ORD', as: mira });
    expect(received.at(-1)?.body).toMatchObject({
      secrets: { CHECKS_API_TOKEN: 'three', OTHER: 'four' },
      secret_status: { missing: [] },
    });
    expect((await call('DELETE', `${at}/OTHER`)).status).toBe(204);
    expect((await call('GET', `${at}/OTHER`)).status).toBe(404);
    expect((await call('PATCH', `${at}/OTHER`, { value: 'x' })).status).toBe(404);
  });
});

describe('the extension', () => {
  const at = `/extensions/${extensionId}`;

  test('reads about itself', async () => {
    const { call } = await startApi();
    expect((await call('GET', at)).body).toMatchObject({ id: extensionId, name: 'Webhook Guardian', version: '1.0.0' });
  });

  test('logs events, and sends telemetry without a credential', async () => {
    const { sandbox, call } = await startApi();
    const event = { event: 'guardian.started', version: 'v1', data: {}, timestamp: '2026-03-02T12:00:00Z' };
    const record = { event: 'workflow.before_transition', status: 'ok', duration_ms: 3 };
    expect((await call('POST', `${at}/events`, event)).status).toBe(201);
    expect((await caller(sandbox, {})('POST', '/ext/telemetry', record)).status).toBe(202);
    expect(await sandbox.records()).toEqual({ custom_data: [], events: [event], telemetry: [record] });
  });

  test('has its actions triggered, and its answer passed on', async () => {
    const { sandbox, received } = await startApi({}, [200, { status: 'success', message: 'Done.' }]);
    const credentials = [{ 'X-Kiket-API-Key': sandbox.apiKey }, { Authorization: `Bearer ${sandbox.workspaceToken}` }];
    for (const credential of credentials) {
      const call = caller(sandbox, credential);
      const { status, body } = await call('POST', `${at}/actions/approve_transition`, { issue: 'ORD-42', as: mira });
      expect([status, body]).toEqual([200, { status: 'success', message: 'Done.' }]);
      expect(received.at(-1)?.body).toMatchObject({
        action_key: 'approve_transition',
        context: { issue: { key: 'ORD-42' }, user: { email: mira } },
      });
    }
  });

  test('triggers its actions itself as nobody, and as nobody else', async () => {
    const { call, received } = await startApi({ scopes: ['workflows:execute'] });
    const own = await call('POST', `${at}/actions/approve_transition`, { issue: 'ORD-42' });
    expect([own.status, received.length]).toEqual([200, 2]);
    expect(received.at(-1)?.body['context']).not.toHaveProperty('user');
    const asMira = await call('POST', `${at}/actions/approve_transition`, { issue: 'ORD-42', as: mira });
    const error = `A runtime token can't act as a person. Remove "as", or use the API key or the workspace token.`;
    expect([asMira.status, asMira.body, received.length]).toEqual([403, { error }, 2]);
  });

  test.each([
    ['GET', ''],
    ['POST', '/events'],
  ])('asks for a credential, whatever its scopes, to %s %s', async (method, path) => {
    const { sandbox, call } = await startApi({ scopes: [] });
    const event = method === 'POST' ? { event: 'guardian.started' } : undefined;
    expect((await caller(sandbox, {})(method, `${at}${path}`, event)).status).toBe(401);
    expect((await call(method, `${at}${path}`, event)).status).toBeLessThan(300);
  });

  test('that says nothing to an action is a bad gateway', async () => {
    const { call } = await startApi({ scopes: ['*'] }, [200, '']);
    const { status } = await call('POST', `${at}/actions/approve_transition`, { issue: 'ORD-42' });
    expect(status).toBe(502);
  });
});

describe('the rate limit', () => {
  test('is reported, counts the call that asks for it, and is enforced until it resets', async () => {
    let now = new Date('2026-03-02T12:00:00Z');
    const { call } = await startApi({ rateLimit: { limit: 2, windowSeconds: 60 }, clock: () => now });
    const first = await call('GET', '/ext/rate_limit');
    expect(first.body).toEqual({ rate_limit: { limit: 2, remaining: 1, window_seconds: 60, reset_in: 60 } });
    now = new Date('2026-03-02T12:00:20Z');
    const second = await call('GET', '/ext/issues/ORD-42');
    const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    expect(names.map((name) => second.headers.get(name))).toEqual(['2', '0', '40']);

    const third = await call('GET', '/ext/issues/ORD-42');
    expect([third.status, third.headers.get('retry-after'), third.body]).toEqual([
      429,
      '40',
      { error: 'Too many calls. Try again after Retry-After seconds.', retry_after: 40 },
    ]);
    now = new Date('2026-03-02T12:01:00Z');
    expect((await call('GET', '/ext/issues/ORD-42')).status).toBe(200);
  });

  test('is shared by the tokens of one project, and by nobody else', async () => {
    const { sandbox, call } = await startApi({ rateLimit: { limit: 1, windowSeconds: 60 } });
    const other = caller(sandbox, { 'X-Kiket-Runtime-Token': await tokenFor(sandbox) });
    const elsewhere = caller(sandbox, { 'X-Kiket-Runtime-Token': await tokenFor(sandbox, 'OPS-1') });
    const answers = [
      await call('GET', '/ext/issues'),
      await other('GET', '/ext/issues'),
      await elsewhere('GET', '/ext/issues'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 200]);
  });
});

describe('a write with an Idempotency-Key', () => {
  const comment = { comment: { body: 'Once.' } };
  const path = '/ext/issues/ORD-42/comments';
  const headers = { 'Idempotency-Key': 'one' };

  test('takes effect once, even if it is sent twice at the same time', async () => {
    const { sandbox, call } = await startApi();
    const [one, other] = await Promise.all([
      call('POST', path, comment, headers),
      call('POST', path, comment, headers),
    ]);
    const later = await call('POST', path, comment, headers);
    expect([one.status, other.status, later.status]).toEqual([201, 201, 201]);
    expect([other.body, later.body]).toEqual([one.body, one.body]);
    expect(later.headers.get('idempotent-replayed')).toBe('true');
    expect((await sandbox.issue('ORD-42')).comments).toHaveLength(1);
  });

  test('is refused if the key was used for something else', async () => {
    const { call } = await startApi();
    await call('POST', path, comment, headers);
    const other = await call('POST', path, { comment: { body: 'Twice.' } }, headers);
    expect([other.status, other.body]).toEqual([422, { error: 'This Idempotency-Key was used for another write.' }]);
  });

  test('can be tried again if it failed', async () => {
    const { call } = await startApi();
    const wrong = await call('POST', path, { comment: { body: '' } }, headers);
    const right = await call('POST', path, comment, headers);
    expect([wrong.status, right.status]).toEqual([422, 201]);
  });
});

test('what is not JSON, and a path that does not exist, are refused with a reason', async () => {
  const { sandbox, token } = await startApi();
  const headers = { 'Content-Type': 'application/json', 'X-Kiket-Runtime-Token': token };
  const broken = await fetch(`${sandbox.url}/api/v1/ext/issues`, { method: 'POST', headers, body: '{' });
  const nowhere = await fetch(`${sandbox.url}/api/v1/nowhere`, { headers });
  expect([broken.status, await broken.json()]).toEqual([400, { error: 'The body is not JSON.' }]);
  expect([nowhere.status, await nowhere.json()]).toEqual([404, { error: 'The sandbox has no GET /api/v1/nowhere.' }]);
});
