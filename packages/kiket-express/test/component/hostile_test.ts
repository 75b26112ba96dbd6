import { METHODS } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { project } from '../fixture/src/project.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { signedHeaders } from '../support/sign.ts';
import { exchange, wireBytes, type WireRequest } from '../support/wire.ts';

/*
 * What an attacker who knows the secret, a broken proxy or a curious stranger may send. Always a documented JSON answer:
 * never a 5xx, a hang or a crash.
 */

const secret = 'a secret for tests only';
const limitBytes = 512 * 1024;
let server: RunningServer;

beforeAll(async () => {
  // PostgreSQL, because it minds more than SQLite does: it keeps no NUL, for one.
  const { url } = await createPostgresDatabase();
  const env = {
    HOST: '127.0.0.1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: secret,
    LOG_LEVEL: 'silent',
    PORT: '0',
  };
  server = await startServer(project, { ...env, DATABASE_URL: url });
});
afterAll(() => server.stop());

function signed(body: string | Buffer): Record<string, string> {
  return signedHeaders(secret, body, String(Math.floor(Date.now() / 1000)));
}

/** Sends a well-signed delivery, over which `differences` go. */
function deliver(body: string | Buffer, { headers = {}, ...differences }: WireRequest = {}) {
  return exchange(server.port, wireBytes({ body, headers: { ...signed(body), ...headers }, ...differences }));
}

/** The text of a move into a protected status, with something put in front of its last brace. */
function moveWith(more = '', issueId: string | number = 42): string {
  const move = {
    event: 'workflow.before_transition',
    issue: { id: issueId, project_id: 7, organization_id: 3, assignee_id: 19 },
    transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  };
  return `${JSON.stringify(move).slice(0, -1)}${more}}`;
}

/** An approval, which is kept in the store; the issue's id and the user's are JSON. */
function approvalWith(issueId: string, userId = '23'): string {
  return `{"action_key":"approve_transition","organization_id":3,"authentication":{"runtime_token":"rt_${Math.random()}"},
    "context":{"project":{"id":7},"issue":{"id":${issueId}},"user":{"id":${userId}}}}`;
}

const nested = (opening: string, closing: string, depth = 100_000) =>
  `${opening.repeat(depth)}1${closing.repeat(depth)}`;
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const isPending = [200, { status: 'pending' }];
const isInvalid = [422, { error: { code: 'delivery_invalid' } }];
const isNoJson = [400, { error: { code: 'json_invalid' } }];
const isIncomplete = [400, { error: { code: 'body_incomplete' } }];

describe('a signed body', () => {
  test.each<[string, string | Buffer, unknown[]]>([
    ['that is empty', '', isNoJson],
    ["that isn't UTF-8", Buffer.from(moveWith(',"title":"\xe9"'), 'latin1'), isNoJson],
    ['that is UTF-16', Buffer.from(moveWith(), 'utf16le'), isNoJson],
    ['that is a list', '[]', isNoJson],
    ['that is null', 'null', isNoJson],
    ['that is text', '"issue.created"', isNoJson],
    ['that is cut off', '{"event":"issue.created"', isNoJson],
    ['that is a list, nested 100,000 deep', nested('[', ']'), isNoJson],
    ['with a raw NUL', '{"event":"\0"}', isNoJson],
    ['with Infinity', moveWith(',"x":Infinity'), isNoJson],
    ['with a BOM in front', `\uFEFF${moveWith()}`, isPending],
    ['with objects nested 80,000 deep', moveWith(`,"x":${nested('{"a":', '}', 80_000)}`), isInvalid],
    ['with lists nested 29,000 deep', moveWith(`,"x":${nested('[', ']', 29_000)}`), isPending],
    ['with 31,000 lists', moveWith(`,"x":[${'[],'.repeat(31_000)}1]`), isInvalid],
    ['with lists nested 100,000 deep in the issue', `{"event":"issue.created","issue":${nested('[', ']')}}`, isInvalid],
    ['with numbers beyond any range', moveWith(',"x":1e999,"y":-1e999,"z":12345678901234567890123'), isPending],
    ['with an id beyond any range', moveWith(',"id":1e999'), isPending],
    ['with an issue whose id is beyond any range', '{"event":"issue.created","issue":{"id":1e999}}', isInvalid],
    ['with an issue whose id is a lone surrogate', moveWith('', '\uD800'), isInvalid],
    ['with an issue whose id has a NUL', moveWith('', 'ORD\0'), isInvalid],
    ['with a field that has a NUL', moveWith(',"title":"\\u0000"'), isPending],
    [
      'whose flat status has a NUL',
      '{"event":"workflow.before_transition","issue_id":42,"previous_status":"review","status":"x\\u0000y"}',
      isInvalid,
    ],
    ['that approves an issue with a NUL', approvalWith('"a\\u0000"'), isInvalid],
    ['that approves as somebody with a NUL', approvalWith('42', '"a\\u0000"'), isInvalid],
    ['that approves as a lone surrogate', approvalWith('43', '"\\ud800"'), isInvalid],
    ['that approves a lone surrogate', approvalWith('"\\udfff"'), isInvalid],
    ['of exactly 512 KiB', moveWith().padEnd(limitBytes), isPending],
    ['of 512 KiB and one byte', moveWith().padEnd(limitBytes + 1), [413, { error: { code: 'body_too_large' } }]],
  ])('%s gets its documented answer', async (_what, body, expected) => {
    const { status, body: answer } = await deliver(body);
    expect([status, answer]).toMatchObject(expected);
  });

  test.each<[string, string, string, unknown[]]>([
    ['scopes', '1', '"authentication":{"scopes":[#]}', isInvalid],
    ['missing secrets', '1', '"secret_status":{"missing":[#]}', isInvalid],
    ['entries of a setting', 'true', '"settings":{"required_fields":[#]}', [200, { status: 'deny' }]],
  ])('with as many invalid %s as fit holds nobody up', async (_what, entry, part, expected) => {
    const entries = `${entry},`.repeat(500_000 / (entry.length + 1));
    const body = moveWith(`,${part.replace('#', entries + entry)}`);
    const before = process.cpuUsage();
    const { status, body: answer } = await deliver(body);
    // Not time on the wall, of which a busy machine takes more.
    expect(process.cpuUsage(before).user).toBeLessThan(300_000);
    expect([status, answer]).toMatchObject(expected);
  });

  test('with a key twice means what JSON.parse makes of it: the last', async () => {
    const { status, body } = await deliver(`{"event":"issue.created",${moveWith().slice(1)}`);
    expect([status, body]).toMatchObject(isPending);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'with a key %s changes nothing but itself',
    async (key) => {
      const poison = `"${key}":{"polluted":true,"assignee_id":1,"prototype":{"polluted":true}}`;
      const top = await deliver(moveWith(`,${poison}`));
      const inside = await deliver(`{"event":"issue.created","issue":{"id":1,${poison},"custom_fields":{${poison}}}}`);
      const asEvent = await deliver(`{"event":"${key}"}`);
      const asAction = await deliver(approvalWith('44').replace('approve_transition', key));
      expect([top.status, top.body]).toMatchObject(isPending);
      expect([inside.status, inside.body]).toMatchObject([200, { status: 'success' }]);
      expect([asEvent.status, asEvent.body]).toEqual([200, { status: 'ignored', event: key }]);
      expect([asAction.status, asAction.body]).toMatchObject([200, { status: 'error' }]);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect('polluted' in {}).toBe(false);
    },
  );
});

describe('a request', () => {
  const chunks = { 'Transfer-Encoding': 'chunked' };
  const move = moveWith();

  test('in chunks is read like any other, up to the same limit', async () => {
    const small = await deliver(chunked(move), { headers: { ...signed(move), ...chunks } });
    const large = await deliver(chunked(move.padEnd(limitBytes + 1)), { headers: { ...signed(move), ...chunks } });
    expect([small.status, small.body]).toMatchObject(isPending);
    expect([large.status, large.body]).toMatchObject([413, { error: { code: 'body_too_large' } }]);
  });

  test.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x'])('encoded as %s is not read', async (encoding) => {
    const { status, body } = await deliver(gzipSync(move), { headers: { 'Content-Encoding': encoding } });
    expect([status, body]).toMatchObject([415, { error: { code: 'content_encoding_unsupported' } }]);
  });

  test.each([
    '',
    'text/plain',
    'application/jsonp',
    'application/json; charset=utf-7',
    'multipart/form-data; boundary=x',
  ])('of type "%s" is not read', async (type) => {
    const { status, body } = await deliver(move, { headers: { 'Content-Type': type } });
    expect([status, body]).toMatchObject([415, { error: { code: 'content_type_unsupported' } }]);
  });

  test.each(['-1', 'many', '1e3', '0x10', '9'.repeat(30), '5, 5'])(
    'with the Content-Length "%s" is none',
    async (length) => {
      const { status, body } = await deliver(move, { headers: { 'Content-Length': length } });
      expect([status, body]).toMatchObject(length === '9'.repeat(30) ? [400, {}] : isIncomplete);
    },
  );

  test('with a Content-Length that is too short is not what was signed', async () => {
    const { status, body } = await deliver(move, { headers: { 'Content-Length': '10' } });
    // Whichever is seen first: the wrong signature, or that what follows is no request.
    expect([[status, body]]).toMatchObject([
      status === 401 ? [401, { error: { code: 'signature_mismatch' } }] : isIncomplete,
    ]);
  });

  test('with both a Content-Length and chunks is none: a proxy may have seen another one', async () => {
    const { status, body } = await deliver(chunked(move), { headers: { ...chunks, 'Content-Length': '5' } });
    expect([status, body]).toMatchObject(isIncomplete);
  });

  test('with many headers is answered, and with too many refused', async () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, '1']));
    const some = await deliver(move, { headers: many(300) });
    const tooMany = await deliver(move, { headers: many(5_000) });
    expect([some.status, some.body]).toMatchObject(isPending);
    expect([tooMany.status, tooMany.body]).toMatchObject([431, { error: { code: 'headers_too_large' } }]);
  });

  test('without Host, with an unknown Expect or with an Upgrade is a request', async () => {
    const withoutHost = wireBytes({ body: move, headers: signed(move) })
      .toString()
      .replace('Host: guardian\r\n', '');
    const answers = [
      await exchange(server.port, withoutHost),
      await deliver(move, { headers: { Expect: 'nonsense' } }),
      await deliver(move, { headers: { Connection: 'close, upgrade', Upgrade: 'websocket' } }),
    ];
    for (const { status, body } of answers) expect([status, body]).toMatchObject(isPending);
  });

  test.each(METHODS.filter((method) => method !== 'POST'))('by %s gets the method there is', async (method) => {
    const { status, head, body } = await exchange(server.port, wireBytes({ method }));
    expect([status, body]).toMatchObject([
      405,
      method === 'HEAD' ? undefined : { error: { code: 'method_not_allowed' } },
    ]);
    // CONNECT asks for a tunnel, not for a path.
    expect(/^Allow: (.+)\r$/m.exec(head)?.[1]).toBe(method === 'CONNECT' ? undefined : 'POST');
  });

  test.each<[string, number, string]>([
    ['/%77ebhook', 404, 'path_unknown'],
    ['//webhok', 404, 'path_unknown'],
    ['/%2fwebhook', 404, 'path_unknown'],
    ['/webhook%00', 404, 'path_unknown'],
    ['/webhook/../health', 404, 'path_unknown'],
    ['foo://bar', 404, 'path_unknown'],
    ['/webhooks/%2e%2e%2fhealth', 400, 'event_mismatch'],
    ['/webhooks/workflow.before_transition%00', 400, 'event_mismatch'],
    ['/Webhooks/issue.created', 400, 'event_mismatch'],
    ['/webhooks/%ff', 400, 'path_malformed'],
    ['/webhooks/%', 400, 'path_malformed'],
    ['/v/%2e/webhooks/workflow.before_transition', 400, 'version_mismatch'],
    [`/${'a'.repeat(10_000)}`, 404, 'path_unknown'],
    [`/webhooks/${'a'.repeat(10_000)}`, 400, 'event_mismatch'],
    [`/${'a'.repeat(20_000)}`, 431, 'headers_too_large'],
    ['?', 400, 'body_incomplete'],
    ['/\u00FF', 400, 'body_incomplete'],
  ])('to %.40s is refused', async (path, status, code) => {
    const answer = await deliver(moveWith(), { path });
    expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }]);
  });

  test.each(['/webhook?', '//webhook', '/webhook?a[b]=c&__proto__[x]=1', '/WEBHOOK/', 'http://example.com/webhook'])(
    'to %s is one to /webhook',
    async (path) => {
      const { status, body } = await deliver(moveWith(), { path });
      expect([status, body]).toMatchObject(isPending);
    },
  );
});
