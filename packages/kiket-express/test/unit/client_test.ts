import { once } from 'node:events';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readHoldMs, readRetryAfterMs } from '../../src/client/answer.ts';
import { createClient, type ClientOptions } from '../../src/client/client.ts';
import { runtimeCredential, staticCredential } from '../../src/client/credentials.ts';
import { DeliveryError, problems } from '../../src/errors.ts';
import { KiketError } from '../../src/client/kiketError.ts';
import { noon } from '../../src/testing/kiket.ts';
import { startFakeKiket, type Reply, type Respond } from '../support/fakeKiket.ts';

const auth = { runtimeToken: 'rt_example', tokenType: 'runtime', expiresAt: null, scopes: [] };
const path = '/api/v1/ext/issues';

function clientOf(baseUrl: string, differences: Partial<ClientOptions> = {}) {
  return createClient({
    baseUrl,
    credential: runtimeCredential(auth, noon),
    extensionId: 'com.example.guardian',
    extensionVersion: '1.0.0',
    eventVersion: 'v1',
    ...differences,
  });
}

async function start(respond: Respond | Reply[], differences?: Partial<ClientOptions>) {
  const kiket = await startFakeKiket(respond);
  return { ...kiket, client: clientOf(kiket.url, differences) };
}

/** What a promise was rejected with. */
async function thrownBy(work: Promise<unknown>): Promise<KiketError> {
  const error: unknown = await work.then(
    () => new Error('This did not throw.'),
    (thrown: unknown) => thrown,
  );
  return error as KiketError;
}

const ok = { body: { ok: true } };

describe('a call', () => {
  test('brings the runtime token, the extension, the version of the event, and nothing else to identify itself', async () => {
    const { client, calls, url } = await start([ok]);
    expect(await client.get(path, { params: { page: '2', q: 'a&b' }, headers: { 'X-Own': 'yes' } })).toEqual(ok.body);
    const [call] = calls;
    expect([call?.method, call?.path, call?.body]).toEqual(['GET', `${path}?page=2&q=a%26b`, undefined]);
    expect(call?.headers).toMatchObject({
      accept: 'application/json',
      host: new URL(url).host,
      'user-agent': 'com.example.guardian/1.0.0',
      'x-kiket-event-version': 'v1',
      'x-kiket-runtime-token': 'rt_example',
      'x-own': 'yes',
    });
    expect(call?.headers).not.toHaveProperty('authorization');
    expect(call?.headers).not.toHaveProperty('x-kiket-api-key');
  });

  test.each(['post', 'put', 'patch'] as const)(
    'that is a %s brings its data as JSON, and a delete none',
    async (method) => {
      const { client, calls } = await start([ok, { status: 204 }]);
      const data = { issue: { title: 'Größe' } };
      expect(await client[method](path, data)).toEqual(ok.body);
      expect(await client.delete(path)).toBeUndefined();
      expect(calls).toMatchObject([
        { method: method.toUpperCase(), headers: { 'content-type': 'application/json' }, body: data },
        { method: 'DELETE', body: undefined },
      ]);
    },
  );

  test('cannot be given a second credential', async () => {
    const { client, calls } = await start([ok]);
    await client.get(path, {
      headers: { authorization: 'Bearer x', 'X-KIKET-API-KEY': 'x', 'x-kiket-runtime-token': 'x' },
    });
    expect(calls[0]?.headers).toMatchObject({ 'x-kiket-runtime-token': 'rt_example' });
    expect(calls[0]?.headers).not.toHaveProperty('authorization');
    expect(calls[0]?.headers).not.toHaveProperty('x-kiket-api-key');
  });
});

describe('the credential', () => {
  const minuteAgo = (more: number) => new Date(noon.getTime() - 60_000 - more).toISOString();
  test.each([
    ['no token', runtimeCredential({ ...auth, runtimeToken: '' }, noon)],
    ['a token that expired more than a minute ago', runtimeCredential({ ...auth, expiresAt: minuteAgo(1) }, noon)],
    ['a token that cannot stand in a header', runtimeCredential({ ...auth, runtimeToken: 'rt_a\nX: b' }, noon)],
    ['no static one', staticCredential({ extensionApiKey: undefined, workspaceToken: undefined })],
  ])('is missing with %s: the call fails at once', async (_what, credential) => {
    const { client, calls } = await start([ok], { credential });
    expect(await thrownBy(client.get(path))).toEqual(new DeliveryError('credential_missing'));
    expect(calls).toEqual([]);
    // Clocks differ by a minute.
    expect(runtimeCredential({ ...auth, expiresAt: minuteAgo(0) }, noon)).toMatchObject({ value: 'rt_example' });
  });
});

describe('a path', () => {
  test.each([
    'https://attacker.example/api',
    '/\\attacker.example/api',
    'api/v1/ext/issues',
    '/api/v1/ext/../../admin',
    '/api/v1/ext/%2e%2E/admin',
    '/api/v1/ext/issues/ORD 42',
    '',
  ])('%j is not called', async (wrong) => {
    const { client, calls } = await start([ok]);
    expect(await thrownBy(client.get(wrong))).toBeInstanceOf(TypeError);
    expect(calls).toEqual([]);
  });

  test('that redirects is not followed, so that the token goes nowhere else', async () => {
    const elsewhere = await startFakeKiket([ok]);
    const { client, calls } = await start([{ status: 307, headers: { Location: `${elsewhere.url}/` } }]);
    expect(await thrownBy(client.get(path))).toMatchObject({ code: 'kiket_refused', status: 307 });
    expect([calls.length, elsewhere.calls.length]).toEqual([1, 0]);
  });
});

describe('a call that fails', () => {
  test.each([
    [400, 'kiket_refused'],
    [408, 'kiket_unavailable'],
    [500, 'kiket_unavailable'],
  ] as const)('with %i is %s, and is not tried again', async (status, code) => {
    const { client, calls } = await start([{ status }]);
    const error = await thrownBy(client.get(path));
    expect(error).toBeInstanceOf(KiketError);
    const { message, httpStatus } = problems[code];
    expect(error).toMatchObject({ code, status, message, httpStatus });
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['of the extension endpoints', { error: 'No such issue' }, 'No such issue', undefined, []],
    [
      'of the errors page',
      { error: 'invalid', message: 'Title is missing', code: 'VALIDATION', details: [{ field: 'title' }] },
      'Title is missing',
      'VALIDATION',
      [{ field: 'title' }],
    ],
    ['of RFC 9457', { type: 'about:blank', title: 'Bad', status: 422, detail: 'Too long' }, 'Too long', undefined, []],
    ['of RFC 9457 without detail', { type: 'about:blank', title: 'Bad', status: 422 }, 'Bad', undefined, []],
    ['of another type', { error: 7, message: null, code: {}, details: 'x' }, '{"error":7', undefined, []],
    ['of no JSON', '<h1>Oops</h1>', '<h1>Oops</h1>', undefined, []],
    ['of nothing', '', '', undefined, []],
  ])('says only in the log what Kiket said in the form %s', async (_form, body, message, apiCode, details) => {
    const { client } = await start([{ status: 422, body }]);
    const error = await thrownBy(client.post(`${path}?q=mira`, {}));
    expect(error).toMatchObject({ apiCode, details, message: problems.kiket_refused.message });
    expect((error.cause as Error).message).toContain(`POST ${path}: 422${message === '' ? '' : ` ${message}`}`);
    expect(inspect(error)).not.toContain('mira');
  });

  test('never shows the token, even if Kiket quotes it', async () => {
    const body = { error: 'rt_example is unknown', details: ['rt_example'] };
    const { client } = await start([{ status: 401, body }]);
    const error = await thrownBy(client.get(path));
    expect(inspect(error, { depth: null })).not.toContain('rt_example');
    expect(error.details).toEqual(['[redacted]']);
  });

  test.each([
    ['is not JSON', { body: '<html>' }],
    ['is larger than 5 MB', { body: `"${'x'.repeat(5 * 1024 * 1024)}"` }],
  ])('because the answer %s is refused', async (_what, reply) => {
    const { client, calls } = await start([reply]);
    expect(await thrownBy(client.get(path))).toMatchObject({ code: 'kiket_refused', status: 200 });
    expect(calls).toHaveLength(1);
  });
});

describe('another try', () => {
  test.each([429, 502, 503, 504])('is made after %i', async (status) => {
    const { client, calls } = await start([{ status }, ok]);
    expect(await client.get(path)).toEqual(ok.body);
    expect(calls).toHaveLength(2);
  });

  test('is made after a connection that broke', async () => {
    let isFirst = true;
    const { client, calls } = await start((_call, response) => {
      if (!isFirst) return ok;
      isFirst = false;
      response.destroy();
      return undefined;
    });
    expect(await client.get(path)).toEqual(ok.body);
    expect(calls).toHaveLength(2);
  });

  test('is made twice at most', async () => {
    const { client, calls } = await start(() => ({ status: 503 }));
    expect(await thrownBy(client.get(path))).toMatchObject({ code: 'kiket_unavailable', status: 503 });
    expect(calls).toHaveLength(3);
  });

  test.each(['post', 'put', 'patch', 'delete'] as const)(
    'is never made for a %s: it might be done twice',
    async (method) => {
      const { client, calls } = await start([{ status: 503 }, ok]);
      expect(await thrownBy(client[method](path))).toMatchObject({ status: 503 });
      expect(calls).toHaveLength(1);
    },
  );

  test('is made for a write with an Idempotency-Key, and brings the same one', async () => {
    const { client, calls } = await start([{ status: 503 }, ok]);
    expect(await client.post(path, { a: 1 }, { headers: { 'Idempotency-Key': 'evt_1' } })).toEqual(ok.body);
    expect(calls.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['evt_1', { a: 1 }],
      ['evt_1', { a: 1 }],
    ]);
  });

  test.each([
    ['Retry-After in seconds', () => ({ 'Retry-After': '60' })],
    ['Retry-After as a date', () => ({ 'Retry-After': new Date(Date.now() + 60_000).toUTCString() })],
    ['X-RateLimit-Reset in seconds', () => ({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '60' })],
    [
      'X-RateLimit-Reset in Unix seconds',
      () => ({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(Math.ceil(Date.now() / 1000) + 60) }),
    ],
  ])('is not waited for if %s asks for more time than there is', async (_what, headers) => {
    const { client, calls } = await start([{ status: 429, headers: headers() }, ok]);
    const error = await thrownBy(client.get(path));
    expect(error).toMatchObject({ code: 'kiket_unavailable', status: 429 });
    expect(error.retryAfterMs).toSatisfy((ms: number) => ms > 58_000 && ms <= 61_000);
    expect(calls).toHaveLength(1);
  });

  test('waits as long as Retry-After says', async () => {
    const times: number[] = [];
    const { client } = await start(() => {
      times.push(performance.now());
      return times.length === 1 ? { status: 429, headers: { 'Retry-After': '0.4' } } : ok;
    });
    await client.get(path);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(400);
  });
});

describe('an answer that leaves nothing of the rate limit', () => {
  const unixSeconds = (fromNow: number) => String(Math.ceil(Date.now() / 1000) + fromNow);

  test.each([
    ['in seconds', 200, '0', () => '60'],
    ['after more calls than there may be', 200, '-1', () => '60'],
    ['of an answer that is empty', 204, '0', () => '60'],
    ['of a refusal', 404, '0', () => '60'],
  ])('fails the next call at once, if the reset is too late: %s', async (_what, status, remaining, reset) => {
    const headers = { 'X-RateLimit-Remaining': remaining, 'X-RateLimit-Reset': reset() };
    const { client, calls } = await start([{ status, headers }, ok]);
    await client.get(path).catch(() => {});
    const error = await thrownBy(client.post(path, {}));
    expect(error).toMatchObject({ code: 'kiket_unavailable', status: undefined });
    expect(error.retryAfterMs).toSatisfy((ms: number) => ms > 55_000 && ms <= 61_000);
    expect(calls).toHaveLength(1);
  });

  test.each(['999999999', '9'.repeat(400), String(Date.now()), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'holds calls back for an hour at most, so that a reset that is mistaken (%s) does not end a job',
    (reset) => {
      const headers = new Headers({ 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': reset, 'Retry-After': reset });
      expect([readHoldMs(headers), readRetryAfterMs(headers)]).toEqual([3_600_000, 3_600_000]);
    },
  );

  test('holds the next call back until the reset', async () => {
    const times: number[] = [];
    const { client } = await start(() => {
      times.push(performance.now());
      return times.length === 1 ? { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '0.3' } } : ok;
    });
    await client.get(path);
    expect(await client.post(path, {})).toEqual(ok.body);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(299);
  });

  test.each<[string, Record<string, string>]>([
    ['something is left', { 'X-RateLimit-Remaining': '1', 'X-RateLimit-Reset': '60' }],
    ['nobody says until when', { 'X-RateLimit-Remaining': '0' }],
    ['the reset cannot be read', { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': 'soon' }],
    ['the reset is over', { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': unixSeconds(-60) }],
    ['nobody says how much is left', { 'X-RateLimit-Reset': '60' }],
    ['nothing says how much is left', { 'X-RateLimit-Remaining': '', 'X-RateLimit-Reset': '60' }],
  ])('holds nothing back if %s', async (_what, headers) => {
    const { client } = await start([{ headers }, ok]);
    await client.get(path);
    expect(await client.get(path)).toEqual(ok.body);
  });

  test('holds nobody else back', async () => {
    const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '60' };
    const { client, url } = await start([{ headers }, ok]);
    await client.get(path);
    expect(await clientOf(url).get(path)).toEqual(ok.body);
  });
});

describe('the time of a call', () => {
  test.each<[string, Respond]>([
    ['an answer that never comes', () => {}],
    ['a body that never ends', (_call, response) => void response.writeHead(200).write('{')],
    ['nobody who answers', (_call, response) => void response.destroy()],
  ])('is limited: %s is an error', async (_what, respond) => {
    const { client } = await start(respond);
    const error = await thrownBy(client.get(path, { timeout: 50 }));
    expect(error).toBeInstanceOf(KiketError);
    expect(error).toMatchObject({ code: 'kiket_unavailable', status: undefined });
  });

  test.each<[string, (abort: () => void) => Respond, number]>([
    ['before there is an answer', (abort) => () => abort(), 1],
    ['in the middle of an answer', (abort) => (_call, response) => void response.writeHead(200).write('{', abort), 1],
    [
      'while it waits for another try',
      (abort) => (_call, response) => {
        response.once('finish', () => setTimeout(abort, 50));
        return { status: 429, headers: { 'Retry-After': '30' } };
      },
      1,
    ],
    [
      'while it is held back',
      (abort) => (_call, response) => {
        response.once('finish', () => setTimeout(abort, 50));
        return { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '30' } };
      },
      2,
    ],
  ])('ends with the deadline, %s, and so does the request', async (_when, respondWith, times) => {
    const controller = new AbortController();
    const reason = new DeliveryError('deadline_exceeded');
    const respond = respondWith(() => controller.abort(reason));
    const closed: Promise<unknown>[] = [];
    const { client, calls } = await start(
      (call, response) => {
        closed.push(once(response, 'close'));
        return respond(call, response);
      },
      { deadline: { signal: controller.signal, endsAt: Infinity } },
    );
    for (let time = 1; time < times; time += 1) await client.get(path);
    expect(await thrownBy(client.get(path, { timeout: 60_000 }))).toBe(reason);
    expect(calls).toHaveLength(1);
    await Promise.all(closed);
  });

  test('leaves no timer behind', async () => {
    const { client } = await start([ok]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await client.get(path);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is over before the call begins once the deadline has passed', async () => {
    const reason = new DeliveryError('deadline_exceeded');
    const { client, calls } = await start([ok], { deadline: { signal: AbortSignal.abort(reason), endsAt: 0 } });
    expect(await thrownBy(client.get(path))).toBe(reason);
    expect(calls).toEqual([]);
  });

  test.each([
    ['is asked for', { status: 429, headers: { 'Retry-After': '2' } }, 1],
    ['the rate limit is left in', { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '2' } }, 2],
  ])('has no room to wait for what %s after the deadline', async (_what, reply, times) => {
    const deadline = { signal: new AbortController().signal, endsAt: performance.now() + 1_500 };
    const { client, calls } = await start([reply, ok], { deadline });
    for (let time = 1; time < times; time += 1) await client.get(path);
    expect(await thrownBy(client.get(path, { timeout: 60_000 }))).toMatchObject({ code: 'kiket_unavailable' });
    expect(calls).toHaveLength(1);
  });
});
