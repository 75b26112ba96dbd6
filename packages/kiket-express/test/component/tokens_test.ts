import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { answerLimitBytes } from '../../src/client/answer.ts';
import { createTokenVerifier } from '../../src/client/runtimeToken.ts';
import { DeliveryError } from '../../src/errors.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';
import request from 'supertest';
import { createGuardian, noon, secret, type GuardianOptions } from '../support/guardian.ts';
import { hmac } from '../support/sign.ts';

interface Signer {
  jwk: object;
  privateKey: KeyObject;
  kid: string;
}

function makeSigner(kid: string, alg = 'ES256'): Signer {
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

const noonSeconds = noon.getTime() / 1000;
const claims = {
  iss: 'kiket.dev',
  org_id: 3,
  proj_id: 7,
  ext_id: '55',
  scopes: [],
  iat: noonSeconds,
  exp: noonSeconds + 900,
};

function makeToken({ kid, privateKey }: Signer, payload: object, header: object = {}): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', typ: 'JWT', kid, ...header })}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** A Kiket that only serves its keys. */
async function startKiket(keys: object[]) {
  const { url, calls } = await startFakeKiket(({ path }) =>
    path === '/.well-known/jwks.json' ? { body: { keys } } : { status: 404 },
  );
  return { url, keys, countRequests: () => calls.length };
}

const signer = makeSigner('one');
const rsa = makeSigner('rsa', 'RS256');

async function createGuardianWithKeys(keys: object[] = [signer.jwk]) {
  const kiket = await startKiket(keys);
  const guardian = await createGuardian({ verifyToken: createTokenVerifier(kiket.url) });
  return { kiket, ...guardian };
}

function move(token: string, more: Record<string, unknown> = {}) {
  return {
    event: 'workflow.before_transition',
    issue: { id: 42, key: 'ORD-42', assignee_id: 19 },
    transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
    authentication: { runtime_token: token },
    ...more,
  };
}

const approval = {
  action_key: 'approve_transition',
  organization_id: 3,
  context: { project: { id: 7 }, issue: { id: 42 }, user: { email: 'noor@example.com' } },
};

describe('a runtime token that is a JWT', () => {
  test('places the delivery in its organization and project', async () => {
    const { deliver, logged } = await createGuardianWithKeys();
    await deliver(approval);
    const response = await deliver(move(makeToken(signer, claims)));
    expect([response.status, response.body]).toMatchObject([200, { status: 'allow' }]);
    expect(logged().at(-1)).toMatchObject({ organization: '3', issue: 'ORD-42', outcome: 'allow' });
  });

  const expired = { ...claims, exp: noonSeconds - 61 };
  const { exp: _exp, ...endless } = claims;
  test.each([
    ['expired more than a minute ago', makeToken(signer, expired)],
    ['never expires', makeToken(signer, endless)],
    ['is from another issuer', makeToken(signer, { ...claims, iss: 'kiket.example' })],
    ['is signed by another key of that name', makeToken(makeSigner('one'), claims)],
    ['is signed by an unknown key', makeToken(makeSigner('two'), claims)],
    ['says that it needs no signature', makeToken(signer, claims, { alg: 'none' })],
    ['is signed in another way, even with a key that Kiket publishes', makeToken(rsa, claims, { alg: 'RS256' })],
    ['says that it is signed with a shared secret', makeToken(signer, claims, { alg: 'HS256' })],
    ['names an organization by something other than an id', makeToken(signer, { ...claims, org_id: [3] })],
    ['names no organization but "unknown"', makeToken(signer, { ...claims, org_id: 'unknown' })],
    ['names an organization by its subdomain', makeToken(signer, { ...claims, org_id: 'subdomain:acme' })],
    ['names a project that no database can keep', makeToken(signer, { ...claims, proj_id: 'a\0b' })],
    ['was tampered with', makeToken(signer, claims).replace(/^[^.]+/, (header) => `${header}x`)],
  ])('is rejected when it %s', async (_what, token) => {
    const { deliver } = await createGuardianWithKeys([signer.jwk, rsa.jwk]);
    const response = await deliver(move(token));
    expect([response.status, response.body]).toMatchObject([401, { error: { code: 'token_invalid' } }]);
  });

  test.each<[string, object, Record<string, unknown>]>([
    ['write its ids with zeros in front', { org_id: '003', proj_id: '07' }, { organization_id: 3, project_id: 7 }],
    ['name the organization by id where the body names it by key', {}, { organizationId: 'org_01TEST' }],
    ['be a minute late, because clocks differ', { exp: noonSeconds - 59 }, {}],
  ])('may %s', async (_what, differences, more) => {
    const { deliver, logged } = await createGuardianWithKeys();
    await deliver(approval);
    await deliver(move(makeToken(signer, { ...claims, ...differences }), more));
    expect(logged().at(-1)).toMatchObject({ organization: '3', httpStatus: 200 });
  });

  test.each([
    ['lives', claims.exp, 200, { status: 'success' }],
    ['has ended', noonSeconds - 61, 401, { error: { code: 'token_invalid' } }],
  ])(
    'that %s says whether a setup test, whose signature covers no time, is fresh',
    async (_what, exp, status, body) => {
      const { listener } = await createGuardianWithKeys();
      const authentication = { runtime_token: makeToken(signer, { ...claims, exp }) };
      const text = JSON.stringify({ event: 'guardian.guardian_report', authentication, project: { key: 'ORD' } });
      const answer = await request(listener)
        .post('/webhook')
        .set({ 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac(secret, text) })
        .send(text);
      expect([answer.status, answer.body]).toMatchObject([status, body]);
    },
  );

  test.each([
    ['organization', { organization_id: 4 }],
    ['project', { project_id: 8 }],
  ])('is rejected for a body of another %s', async (_what, other) => {
    const { deliver } = await createGuardianWithKeys();
    const response = await deliver(move(makeToken(signer, claims), other));
    expect([response.status, response.body]).toMatchObject([401, { error: { code: 'token_invalid' } }]);
  });

  test('that cannot be checked is answered by the failure policy for a guard, and with 503 for an action', async () => {
    const { deliver } = await createGuardian({ verifyToken: createTokenVerifier('http://127.0.0.1:1') });
    const authentication = { runtime_token: makeToken(signer, claims) };
    const guard = await deliver(move(authentication.runtime_token));
    const action = await deliver({ ...approval, authentication });
    expect([guard.status, guard.body]).toMatchObject([
      200,
      { status: 'deny', metadata: { failure: 'token_keys_unavailable' } },
    ]);
    expect([action.status, action.body]).toMatchObject([503, { error: { code: 'token_keys_unavailable' } }]);
  });
});

describe('where no time is signed and the token cannot be checked', () => {
  const unreachable = {
    verifyToken: createTokenVerifier('http://127.0.0.1:1'),
    overrides: { FAILURE_POLICY: 'allow' },
  };
  const post = async (options: GuardianOptions, more: Record<string, unknown> = {}) => {
    const { listener } = await createGuardian({ ...unreachable, ...options });
    const text = JSON.stringify(move(makeToken(signer, claims), more));
    const signature = { 'Content-Type': 'application/json', 'X-Kiket-Signature': hmac(secret, text) };
    const { body } = await request(listener).post('/webhook').set(signature).send(text);
    return body as unknown;
  };

  test('a move is denied whatever the policy, because it may have been sent long ago', async () => {
    const failed = { status: 'deny', metadata: { failure: 'token_keys_unavailable' } };
    expect(await post({})).toMatchObject(failed);
    expect(await post({}, { occurred_at: '2020-01-01T00:00:00Z' })).toMatchObject(failed);
  });

  test('nor in time', async () => {
    const verifyToken = () => Promise.reject(new DeliveryError('deadline_exceeded'));
    expect(await post({ verifyToken })).toMatchObject({ status: 'deny', metadata: { failure: 'deadline_exceeded' } });
  });

  test('the policy answers where nobody has to prove a time', async () => {
    const degraded = { status: 'allow', metadata: { degraded: true, failure: 'token_keys_unavailable' } };
    expect(await post({ allowUntimedSignatures: true })).toMatchObject(degraded);
  });

  test('the policy answers once the token is good, whatever fails then', async () => {
    const kiket = await startKiket([signer.jwk]);
    const body = await post({ verifyToken: createTokenVerifier(kiket.url) }, { transition: null });
    expect(body).toMatchObject({ status: 'allow', metadata: { failure: 'transition_missing' } });
  });
});

test('a guard event that nobody knows is denied whatever the policy, also if its token cannot be checked', async () => {
  const verifyToken = createTokenVerifier('http://127.0.0.1:1');
  const { deliver } = await createGuardian({ verifyToken, overrides: { FAILURE_POLICY: 'allow' } });
  const response = await deliver(move(makeToken(signer, claims), { event: 'workflow.before_merge' }));
  expect([response.status, response.body]).toMatchObject([
    200,
    { status: 'deny', metadata: { failure: 'token_keys_unavailable' } },
  ]);
});

describe('the keys', () => {
  test.each([
    ['are too many', { body: { keys: [signer.jwk], more: 'x'.repeat(answerLimitBytes) } }],
    ['are elsewhere', { status: 302, headers: { Location: '/keys' } }],
    ['are none', { body: 'keys' }],
  ])('that %s are not read, and a move is denied', async (_how, answer) => {
    const kiket = await startFakeKiket(({ path }) => (path === '/keys' ? { body: { keys: [signer.jwk] } } : answer));
    const { deliver } = await createGuardian({ verifyToken: createTokenVerifier(kiket.url) });
    const { body } = await deliver(move(makeToken(signer, claims)));
    expect(body).toMatchObject({ status: 'deny', metadata: { failure: 'token_keys_unavailable' } });
  });

  test('are fetched once, and again when a token names a new one', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon });
    onTestFinished(() => void vi.useRealTimers());
    const { deliver, kiket } = await createGuardianWithKeys();
    await deliver(move(makeToken(signer, claims)));
    await deliver(move(makeToken(signer, claims)));
    expect(kiket.countRequests()).toBe(1);

    const next = makeSigner('two');
    kiket.keys.push(next.jwk);
    vi.setSystemTime(noon.getTime() + 1_000);
    const response = await deliver(move(makeToken(next, claims)));
    expect([response.status, kiket.countRequests()]).toEqual([200, 2]);
  });

  test('are fetched for every delivery that waits, even if the one that asked first runs out of time', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    let other: unknown;
    const { url } = await startFakeKiket((_call, response) => {
      other ??= verify(token, noon, second);
      setImmediate(() => {
        first.abort();
        response.end(JSON.stringify({ keys: [signer.jwk] }));
      });
    });
    const verify = createTokenVerifier(url);
    const token = makeToken(signer, claims);
    await expect(verify(token, noon, first)).rejects.toThrow('aborted');
    expect(await other).toMatchObject({ organizationId: '3' });
  });

  test('never come from a host that the body names', async () => {
    const attacker = makeSigner('one');
    const theirs = await startKiket([attacker.jwk]);
    const { deliver } = await createGuardianWithKeys();
    const response = await deliver(move(makeToken(attacker, claims), { api: { base_url: theirs.url } }));
    expect([response.status, theirs.countRequests()]).toEqual([401, 0]);
  });
});
