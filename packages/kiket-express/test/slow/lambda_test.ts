import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFunction } from '../support/build.ts';
import { moveToDone, press } from '../support/deliver.ts';
import { startLambda, unpack, type FunctionAnswer } from '../support/functions.ts';
import { secret } from '../support/guardian.ts';
import { createPostgresDatabase, openConnection, runSql } from '../support/postgres.ts';
import { signedHeaders } from '../support/sign.ts';

/** What docs/lambda.md puts into the archive. */
const archived = ['dist/lambda.mjs', '.kiket/manifest.yaml', 'package.json'];

/** An event as AWS documents it for function URLs. */
function httpEvent(method: string, path: string, changes: Partial<LambdaFunctionURLEvent> = {}) {
  const domainName = 'abcdefghij.lambda-url.eu-central-1.on.aws';
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'Kiket' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    ...changes,
    headers: { host: domainName, 'x-forwarded-proto': 'https', 'user-agent': 'Kiket', ...changes.headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abcdefghij',
      domainName,
      domainPrefix: 'abcdefghij',
      http,
      requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    isBase64Encoded: changes.isBase64Encoded ?? false,
  };
}

/** A signed delivery as an event; header names come in lower case. */
function delivery(payload: unknown, { text = JSON.stringify(payload), key = secret, path = '/webhook' } = {}) {
  const signed = signedHeaders(key, text, String(Math.floor(Date.now() / 1000)));
  const headers = Object.entries({ ...signed, 'Content-Length': String(Buffer.byteLength(text)) });
  return httpEvent('POST', path, {
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: text,
  });
}

const bodyOf = ({ body }: FunctionAnswer) => JSON.parse(body) as Record<string, unknown>;

/** An instance over a database of its own, or over another one's. */
async function startFresh(url?: string) {
  const database = url ?? (await createPostgresDatabase()).url;
  const lambda = await startLambda(unpack(archived), { env: { DATABASE_URL: database } });
  return { ...lambda, database, send: async (payload: unknown) => bodyOf(await lambda.invoke(delivery(payload))) };
}

const large = ' '.repeat(512 * 1024 + 1);

beforeAll(() => buildFunction('lambda'));

describe('the function of the archive', () => {
  test('denies, waits, counts approvals and allows', async () => {
    const { invoke, send } = await startFresh();
    const { issue, ...move } = moveToDone();
    const denied = await invoke(delivery({ ...move, issue: { ...issue, assignee_id: null } }));
    expect([denied.statusCode, denied.headers['content-type'], bodyOf(denied)]).toMatchObject([
      200,
      'application/json; charset=utf-8',
      { status: 'deny', message: expect.stringContaining('assignee_id') as string },
    ]);
    expect(await send(moveToDone())).toMatchObject({ status: 'pending' });
    expect(await send(press('approve_transition'))).toMatchObject({ status: 'success' });
    expect(await send(moveToDone())).toMatchObject({ status: 'allow' });
  });

  test('keeps one store for all of its requests, and forgets what is too old', async () => {
    const { send, database } = await startFresh();
    await send(press('approve_transition'));
    await runSql(database, "update approvals set given_at = '2020-01-01T00:00:00.000Z'");
    const connected = "select pid from pg_stat_activity where application_name = 'kiket-express'";
    const before = (await runSql(database, `${connected} and datname = current_database()`)).rows;
    expect(await send(moveToDone())).toMatchObject({ status: 'allow' });
    expect((await runSql(database, `${connected} and datname = current_database()`)).rows).toEqual(before);
    // An old instance looks once an hour; a new one looks behind its first answer.
    expect(await (await startFresh(database)).send(moveToDone(43))).toMatchObject({ status: 'pending' });
    expect((await runSql(database, 'select id from approvals')).rows).toEqual([]);
  });

  test('checks signatures over the very bytes, in text and in base64', async () => {
    const { invoke } = await startFresh();
    const text = JSON.stringify({ ...press('guardian_report'), note: 'Größe ✓ \u2028 ' }, null, 3);
    const plain = delivery({}, { text });
    const base64 = { ...plain, body: Buffer.from(text).toString('base64'), isBase64Encoded: true };
    expect(bodyOf(await invoke(plain))).toMatchObject({ status: 'success' });
    expect(bodyOf(await invoke(base64))).toMatchObject({ status: 'success' });
    expect(await invoke({ ...plain, body: `${text} ` })).toMatchObject({ statusCode: 401 });
    expect(await invoke({ ...base64, isBase64Encoded: false })).toMatchObject({ statusCode: 401 });
  });

  test("answers what isn't a delivery as the server does", async () => {
    const { invoke } = await startFresh();
    const silent = { headers: signedHeaders(secret, large, '1'), body: large };
    const cases: [unknown, number, string][] = [
      [delivery(moveToDone(), { key: 'another' }), 401, 'signature_mismatch'],
      [httpEvent('POST', '/webhook', silent), 413, 'body_too_large'],
      [delivery(moveToDone(), { path: '/webhooks/%E0%A4%A' }), 400, 'path_malformed'],
      [httpEvent('PUT', '/webhook', { body: '{}' }), 405, 'method_not_allowed'],
    ];
    for (const [event, statusCode, code] of cases) {
      const answer = await invoke(event);
      expect([answer.statusCode, bodyOf(answer)]).toMatchObject([statusCode, { error: { code } }]);
    }
    expect(bodyOf(await invoke(httpEvent('GET', '/readyz')))).toEqual({ status: 'ready' });
  });

  test('answers by policy before the time of the function is over', async () => {
    const { url } = await createPostgresDatabase();
    const { invoke } = await startLambda(unpack(archived), { env: { DATABASE_URL: url }, timeoutMs: 3_000 });
    // On a busy machine it takes longer to start than the host waits.
    const ask = async () => bodyOf(await invoke(delivery(moveToDone())));
    await expect.poll(ask).toMatchObject({ status: 'pending' });
    await openConnection(url, 'begin; lock table approvals in access exclusive mode');
    const late = bodyOf(await invoke(delivery(moveToDone())));
    expect(late).toMatchObject({ status: 'deny', metadata: { failure: 'deadline_exceeded' } });
  });
});

describe('a function that cannot start', () => {
  test.each([
    ['without a setting', {}, ['KIKET_WEBHOOK_SECRET is not set.', 'DATABASE_URL must be postgres://']],
    ['over a file', { DATABASE_URL: 'file:/tmp/guardian.db' }, ['This host has no persistent disk']],
    ['without its database', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, ["can't use the database"]],
  ])('answers 503 %s, says why in its log, and allows nothing', async (what, env, reasons) => {
    const withSecret = what === 'without a setting' ? { KIKET_WEBHOOK_SECRET: '' } : {};
    const { invoke, waitFor } = await startLambda(unpack(archived), { env: { ...env, ...withSecret } });
    const answer = await invoke(delivery(moveToDone()));
    expect([answer.statusCode, bodyOf(answer)]).toMatchObject([503, { error: { code: 'not_started' } }]);
    const [message] = await waitFor(/The extension can't start:\n[^]*/);
    for (const reason of reasons) expect(message).toContain(reason);
    expect(message).not.toMatch(/\n\s+at /);
  });

  test('starts as soon as it can', async () => {
    const { url } = await createPostgresDatabase();
    const name = new URL(url).pathname.slice(1);
    const server = url.replace(name, 'postgres');
    await runSql(server, `alter database ${name} allow_connections false`);
    const { invoke } = await startLambda(unpack(archived), { env: { DATABASE_URL: url } });
    expect(await invoke(delivery(moveToDone()))).toMatchObject({ statusCode: 503 });
    await runSql(server, `alter database ${name} allow_connections true`);
    expect(bodyOf(await invoke(delivery(press('guardian_report'))))).toMatchObject({ status: 'success' });
  });
});
