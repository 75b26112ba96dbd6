import { describe, expect, test } from 'vitest';
import { allow, success } from '../../src/extension/decision.ts';
import { problems } from '../../src/errors.ts';
import type { Action, Guard } from '../../src/extension/extension.ts';
import { createTokenVerifier } from '../../src/client/runtimeToken.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import vector from '../vectors/token.json' with { type: 'json' };
import { startFakeKiket, type Reply, type Respond } from '../support/fakeKiket.ts';
import { createGuardian } from '../support/guardian.ts';

const authentication = {
  token_type: 'runtime',
  runtime_token: 'rt_example',
  expires_at: '2026-03-02T12:15:00Z',
  scopes: ['ext.api.read'],
};
const approval = {
  action_key: 'approve_transition',
  context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: { email: 'noor@example.com' } },
  authentication,
};
const move = {
  event: 'workflow.before_transition',
  issue: { id: 42, key: 'ORD-42' },
  transition: { from: 'open', to: 'done' },
  authentication,
};

/** A guardian whose only guard and only action do what a test says, beside a Kiket that answers as it says. */
async function start(respond: Respond | Reply[], run: Action<FixtureSettings>, overrides: Record<string, string> = {}) {
  const kiket = await startFakeKiket(respond);
  const guard: Guard<FixtureSettings> = async (_transition, context) => {
    await run({} as never, context as never);
    return allow();
  };
  const guardian = await createGuardian({
    baseUrl: kiket.url,
    overrides,
    extension: { ...extension, guards: { guard }, actions: { approve_transition: run } },
  });
  return { ...guardian, calls: kiket.calls };
}

const readIssue: Action<FixtureSettings> = async (_delivery, { endpoints }) => {
  const { key, title } = await endpoints.issues.get('ORD-42');
  return success(`${key}: ${String(title)}`);
};
const issue = { body: { key: 'ORD-42', title: 'Ship' } };

describe('a handler', () => {
  test("calls Kiket with its delivery's token, wherever the body says that Kiket is", async () => {
    const elsewhere = await startFakeKiket([issue]);
    const { deliver, calls } = await start([issue], readIssue);
    const response = await deliver({ ...approval, api: { base_url: elsewhere.url, runtime_header: 'Authorization' } });
    expect(response.body).toEqual({ status: 'success', message: 'ORD-42: Ship', data: {} });
    expect(elsewhere.calls).toEqual([]);
    expect(calls).toMatchObject([
      {
        path: '/api/v1/ext/issues/ORD-42',
        headers: { 'x-kiket-runtime-token': 'rt_example', 'x-kiket-event-version': 'v1' },
      },
    ]);
  });

  test('sees the headers of its delivery without signature and credentials', async () => {
    let seen: Readonly<Record<string, string>> = {};
    const { deliver } = await start([], (_delivery, { headers }) => {
      seen = headers;
      return success('Seen.');
    });
    await deliver(approval, '/webhook', {
      'X-Kiket-Delivery': 'dlv_1',
      Authorization: 'Bearer x',
      Cookie: 'a=b',
      'X-Kiket-API-Key': 'x',
      'X-Kiket-Runtime-Token': 'x',
      'Proxy-Authorization': 'x',
    });
    expect(seen).toMatchObject({ 'content-type': 'application/json', 'x-kiket-delivery': 'dlv_1' });
    const hidden = /signature|authorization|cookie|api-key|token/;
    expect(Object.keys(seen).filter((name) => hidden.test(name))).toEqual([]);
  });

  test('that needs a scope gets it, or answers which one is missing', async () => {
    const { deliver } = await start([], (_delivery, context) => {
      context.requireScopes('read:issues', 'write:comments');
      return success('Both there.');
    });
    const lacking = await deliver(approval);
    const scopes = ['ext.api.read', 'ext.api.write'];
    const having = await deliver({ ...approval, authentication: { ...authentication, scopes } });
    expect([lacking.status, lacking.body]).toEqual([
      403,
      { error: { code: 'scope_missing', message: `${problems.scope_missing.message} Missing: write:comments.` } },
    ]);
    expect([having.status, having.body]).toMatchObject([200, { message: 'Both there.' }]);
  });

  test('has the scopes and the expiry of a token that is a JWT', async () => {
    let seen: unknown;
    const kiket = await startFakeKiket(() => ({ body: { keys: [vector.jwk] } }));
    const guardian = await createGuardian({
      verifyToken: createTokenVerifier(kiket.url),
      extension: {
        ...extension,
        actions: {
          approve_transition: (_delivery, { auth }) => {
            seen = auth;
            return success('Seen.');
          },
        },
      },
    });
    await guardian.deliver({ ...approval, authentication: { runtime_token: vector.token } });
    expect(seen).toEqual({
      runtimeToken: vector.token,
      tokenType: 'runtime',
      expiresAt: '2100-01-01T00:00:00.000Z',
      scopes: ['ext.api.read', 'ext.api.write'],
      orgId: 3,
      extId: 55,
      projId: 7,
    });
  });
});

const quoting = { error: 'rt_example asked about mira@example.com' };

describe.each<[string, Reply, number, string]>([
  ['that is down', { status: 503, body: quoting }, 503, 'kiket_unavailable'],
  ['that refuses', { status: 422, body: quoting }, 500, 'kiket_refused'],
])('a Kiket %s', (_what, reply, status, code) => {
  test('is answered to an action by its code, and what it said is only logged, without the token', async () => {
    const { deliver, logged, logText } = await start(() => reply, readIssue);
    const response = await deliver(approval);
    const { message } = problems[code as 'kiket_refused'];
    expect([response.status, response.body]).toEqual([status, { error: { code, message } }]);
    expect(logged()[0]).toMatchObject({
      code,
      err: { type: 'KiketError', message: expect.stringContaining('[redacted] asked about mira') as string },
    });
    expect(logText()).not.toContain('rt_example');
  });

  test('is answered to a guard by the failure policy', async () => {
    const { deliver } = await start(() => reply, readIssue);
    const response = await deliver(move);
    expect([response.status, response.body]).toMatchObject([200, { status: 'deny', metadata: { failure: code } }]);
    expect(response.text).not.toContain('mira');
  });
});

test.each([
  ['no token', undefined],
  ['a token that has expired', { ...authentication, expires_at: '2026-03-02T11:58:00Z' }],
])('a delivery with %s calls nobody, and waiting does not mend that', async (_what, brought) => {
  const { deliver, calls } = await start([issue], readIssue);
  const action = await deliver({ ...approval, authentication: brought });
  const guard = await deliver({ ...move, authentication: brought });
  const { message } = problems.credential_missing;
  expect([action.status, action.body]).toEqual([500, { error: { code: 'credential_missing', message } }]);
  expect(guard.body).toEqual({
    status: 'deny',
    message: expect.stringContaining('credential_missing') as string,
    metadata: { failure: 'credential_missing', reasons: [expect.anything()] },
  });
  expect(calls).toEqual([]);
});
