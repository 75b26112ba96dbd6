import { describe, expect, test } from 'vitest';
import { faultsSchema, type Faults } from '../../src/sandbox/faults.ts';
import { mira, openSandbox, rootWith, startGuarded, startStubbed, tokenFor } from '../support/sandbox.ts';

const move = { to: 'review', as: mira };

/** The guardian's answer to a move of ORD-44 into an open status, with these faults. */
async function answerWith(faults: Partial<Faults>) {
  const sandbox = await startGuarded();
  await sandbox.faults.set(faults);
  const { status, deliveries } = await sandbox.transition('ORD-44', move);
  const [attempt] = (await sandbox.delivery(deliveries[0] ?? '')).attempts;
  const answer = JSON.parse(attempt?.answer ?? '{}') as { error?: { code?: string } };
  return { status, http: attempt?.status, code: answer.error?.code, error: attempt?.error, attempt };
}

describe('deliveries', () => {
  const timed = { 'X-Kiket-Timestamp': expect.any(String) as string };
  const signedWith = (form: RegExp) => ({ 'X-Kiket-Signature': expect.stringMatching(form) as string });

  test.each<[string, Partial<Faults>, object]>([
    ['as they are by default', {}, { ...timed, ...signedWith(/^[0-9a-f]{64}$/) }],
    ['signed over only the body', { signature: 'A' }, signedWith(/^[0-9a-f]{64}$/)],
    ['signed with sha256=', { signature: 'C' }, { ...timed, ...signedWith(/^sha256=[0-9a-f]{64}$/) }],
    ['with a JWT', { token: 'jwt' }, timed],
    ['with a JWT and a clock that is four minutes behind', { token: 'jwt', clock_skew: -240 }, timed],
  ])('%s are taken by the guardian', async (_how, faults, headers) => {
    const { status, http, attempt } = await answerWith(faults);
    expect([status, http, attempt?.headers]).toMatchObject(['allow', 200, headers]);
    expect(Object.hasOwn(attempt?.headers ?? {}, 'X-Kiket-Timestamp')).toBe('X-Kiket-Timestamp' in headers);
  });

  test.each<[string, Partial<Faults>, string]>([
    ['signed with another secret', { wrong_secret: true }, 'signature_mismatch'],
    ['from a clock that is ahead', { clock_skew: 400 }, 'timestamp_stale'],
    ['from a clock that is behind', { clock_skew: -400 }, 'timestamp_stale'],
    ['with a JWT that has expired', { token: 'jwt', expired_token: true }, 'token_invalid'],
  ])('%s are rejected by the guardian, so the move is denied', async (_how, faults, code) => {
    expect(await answerWith(faults)).toMatchObject({ status: 'deny', http: 401, code });
  });

  test('that take longer than the guard may are denied', async () => {
    const root = rootWith({}, 100);
    const { sandbox, received } = await startStubbed(() => [200, { status: 'allow' }], { root });
    await sandbox.faults.set({ latency: 60_000 });
    const { status, message } = await sandbox.transition('ORD-44', move);
    expect([status, message, received]).toEqual([
      'deny',
      'The extension gave no decision: No answer within 100 ms.',
      [],
    ]);
  });

  test.each<[string, Partial<Faults>, number | null, string | null]>([
    ['answered 500 on the way', { error: true }, 500, null],
    ['answered 429 on the way', { too_many: true }, 429, null],
    ['cut off', { drop: true }, null, 'The connection was cut.'],
  ])('that are %s have been handled, and deny the move', async (_how, faults, http, error) => {
    const { sandbox, received } = await startStubbed(() => [200, { status: 'allow' }]);
    await sandbox.faults.set(faults);
    const { status, deliveries } = await sandbox.transition('ORD-44', move);
    const [attempt] = (await sandbox.delivery(deliveries[0] ?? '')).attempts;
    expect([status, attempt?.status, attempt?.error, received.length]).toEqual(['deny', http, error, 1]);
  });

  test.each<[string, Partial<Faults>]>([
    ['error', { error: 2 }],
    ['too_many', { too_many: 2 }],
    ['drop', { drop: 2 }],
  ])('whose answer is lost twice (%s) take effect once', async (name, faults) => {
    const sandbox = await startGuarded();
    await sandbox.faults.set(faults);
    await sandbox.createIssue({ issue: { title: 'One more', project_key: 'ORD' }, as: mira });
    await sandbox.drain();
    const [delivery] = await sandbox.deliveries();
    expect([delivery?.event, delivery?.state, delivery?.attempts.length]).toEqual(['issue.created', 'delivered', 3]);
    expect(sandbox.faults.current()[name as 'error']).toBe(false);
  });
});

describe('the API', () => {
  async function call(faults: Partial<Faults>) {
    const sandbox = await openSandbox();
    await sandbox.faults.set(faults);
    const headers = { 'X-Kiket-API-Key': sandbox.apiKey };
    const get = (path: string) => fetch(`${sandbox.url}/api/v1${path}`, { headers });
    return { sandbox, get };
  }

  test('fails as often as it was set to', async () => {
    const { get } = await call({ api_error: 2 });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await get('/ext/issues')).status);
    expect(statuses).toEqual([500, 500, 200]);
  });

  test('says when to come back', async () => {
    const { get } = await call({ api_too_many: 1 });
    const response = await get('/ext/issues');
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      429,
      '1',
      { error: 'Too many calls. Try again after Retry-After seconds.', retry_after: 1 },
    ]);
  });

  test('cuts connections', async () => {
    const { get } = await call({ api_drop: 1 });
    await expect(get('/ext/issues')).rejects.toThrow('fetch failed');
    expect((await get('/ext/issues')).status).toBe(200);
  });

  test('does what it was asked and does not say so', async () => {
    const { sandbox } = await call({ api_lost: 1 });
    const headers = { 'X-Kiket-API-Key': sandbox.apiKey, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ comment: { body: 'Once.' } });
    const url = `${sandbox.url}/api/v1/ext/issues/ORD-42/comments`;
    await expect(fetch(url, { method: 'POST', headers, body })).rejects.toThrow('fetch failed');
    expect((await sandbox.issue('ORD-42')).comments).toMatchObject([{ body: 'Once.' }]);
  });

  test.each<[string, Partial<Faults>]>([
    ['errors', { api_error: 1 }],
    ['asking to wait', { api_too_many: 1 }],
    ['cutting connections', { api_drop: 1 }],
    ['losing answers', { api_lost: 1 }],
  ])('spares telemetry from %s, and keeps that for the calls it was meant for', async (_how, faults) => {
    const { sandbox } = await call(faults);
    const url = `${sandbox.url}/api/v1/ext/telemetry`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(202);
    expect(sandbox.faults.current()).toMatchObject(faults);
  });

  test('is slow', async () => {
    const { sandbox } = await call({ api_latency: 60_000 });
    const signal = AbortSignal.timeout(100);
    const slow = fetch(`${sandbox.url}/api/v1/ext/issues`, { headers: { 'X-Kiket-API-Key': sandbox.apiKey }, signal });
    await expect(slow).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  const message = 'Unknown issue ORD-1. Available: OPS-1.';

  test.each<[Faults['error_shape'], string, object]>([
    ['text', 'application/json', { error: message }],
    ['detailed', 'application/json', { error: 'issue_not_found', message, code: 'ISSUE_NOT_FOUND', details: [] }],
    [
      'problem',
      'application/problem+json',
      { type: 'https://kiket.dev/errors/issue_not_found', title: message, status: 404 },
    ],
  ])('has errors of the shape %s', async (shape, type, body) => {
    const { sandbox } = await startStubbed(() => [200, {}]);
    await sandbox.faults.set({ error_shape: shape });
    const headers = { 'X-Kiket-Runtime-Token': await tokenFor(sandbox, 'OPS-1') };
    const response = await fetch(`${sandbox.url}/api/v1/ext/issues/ORD-1`, { headers });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.json()).toEqual(body);
  });
});

describe('the switches', () => {
  test.each([
    ['a name that does not exist', { nonsense: true }, 'Unknown fault "nonsense". Available: latency,'],
    ['a value that does not exist', { signature: 'Z' }, 'Invalid option'],
    ['not an object', 'latency', 'expected record'],
  ])('refuse %s and stay as they are', async (_what, changes, message) => {
    const sandbox = await openSandbox();
    await expect(sandbox.faults.set(changes)).rejects.toThrow(message);
    expect(sandbox.faults.current()).toEqual(faultsSchema.parse({}));
  });
});
