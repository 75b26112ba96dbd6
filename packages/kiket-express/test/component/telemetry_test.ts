import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';
import { problems } from '../../src/errors.ts';
import { createTelemetry, type Telemetry, type TelemetryOptions } from '../../src/telemetry/telemetry.ts';
import type { TelemetryRecord } from '../../src/schemas.ts';
import { startServer } from '../../src/server/server.ts';
import { extension } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { defer } from '../support/defer.ts';
import { startFakeKiket, type Respond } from '../support/fakeKiket.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createGuardian, noon, secret, type GuardianOptions } from '../support/guardian.ts';
import { signedHeaders } from '../support/sign.ts';

const authentication = { runtime_token: 'rt_example', expires_at: '2026-03-02T12:15:00Z' };
const move = {
  event: 'workflow.before_transition',
  issue: { id: 42, key: 'ORD-42', title: 'A secret plan', assignee_id: null },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
  authentication,
};
const none = { extensionApiKey: undefined, workspaceToken: undefined };

/** Closes telemetry as after its two seconds. */
async function closeLate({ settle }: Pick<Telemetry, 'settle'>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const closed = settle();
  await vi.advanceTimersByTimeAsync(2_000);
  await closed;
}

/** A guardian that sends telemetry to a Kiket on this machine. */
async function start(
  differences: Partial<TelemetryOptions> = {},
  { respond = () => ({ status: 204 }), ...options }: GuardianOptions & { respond?: Respond } = {},
) {
  const kiket = await startFakeKiket(respond);
  let text = '';
  const telemetry = createTelemetry({
    isEnabled: true,
    url: undefined,
    baseUrl: kiket.url,
    credentials: none,
    extensionId: 'com.example.guardian',
    extensionVersion: '1.0.0',
    feedbackHook: undefined,
    clock: () => noon,
    log: createLog({ level: 'debug', secretValues: [] }, { write: (line) => void (text += line) }),
    ...differences,
  });
  onTestFinished(() => telemetry.settle());
  const guardian = await createGuardian({ ...options, telemetry });
  /** Closes telemetry once so many deliveries are over: their log lines are written just before their records. */
  const closeAfter = async (deliveries: number) => {
    await vi.waitFor(() => expect(guardian.logged().filter(({ msg }) => msg === 'delivery')).toHaveLength(deliveries), {
      interval: 10,
    });
    await telemetry.settle();
  };
  return { ...guardian, ...kiket, telemetry, closeAfter, telemetryLog: () => text };
}

const record = {
  event: 'workflow.before_transition',
  version: 'v1',
  status: 'ok',
  duration_ms: expect.any(Number) as number,
  timestamp: noon.toISOString(),
  extension_id: 'com.example.guardian',
  extension_version: '1.0.0',
  metadata: { decision: 'deny' },
};

describe('a run', () => {
  test("reaches Kiket with the delivery's token, its decision and nothing about people", async () => {
    const { deliver, calls } = await start({ credentials: { extensionApiKey: 'ext_live_a', workspaceToken: 'wk_a' } });
    await deliver(move);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/ext/telemetry',
      headers: { 'x-kiket-runtime-token': 'rt_example', 'user-agent': 'com.example.guardian/1.0.0' },
    });
    expect(calls[0]?.headers).not.toHaveProperty('x-kiket-api-key');
    expect(calls[0]?.headers).not.toHaveProperty('authorization');
    expect(calls[0]?.body).toStrictEqual(record);
  });

  test('that failed is recorded with its code and what the table says about it, and not with what was thrown', async () => {
    const guard = () => {
      throw new Error('mira@example.com broke it');
    };
    const { deliver, calls } = await start({}, { extension: { ...extension, guards: { guard } } });
    await deliver(move);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]?.body).toStrictEqual({
      ...record,
      status: 'error',
      error_class: 'guard_failed',
      error_message: problems.guard_failed.message,
    });
  });

  test('is answered before it is recorded', async () => {
    const released = defer();
    onTestFinished(() => released.resolve());
    const hooked = { feedbackHook: () => released.promise };
    const { deliver, calls, telemetry } = await start(hooked, { respond: () => {} });
    const response = await deliver(move);
    expect(response.body).toMatchObject({ status: 'deny' });
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    await closeLate(telemetry);
    released.resolve();
  });

  test('is over when telemetry has settled, the feedback hook included, and then the next one is sent', async () => {
    const hooked: string[] = [];
    const feedbackHook = async ({ event }: TelemetryRecord) => {
      await wait(100);
      hooked.push(event);
    };
    const { deliver, calls, closeAfter } = await start({ feedbackHook });
    await deliver(move);
    await closeAfter(1);
    expect([hooked.length, calls.length]).toEqual([1, 1]);
    await deliver(move);
    await closeAfter(2);
    expect([hooked.length, calls.length]).toEqual([2, 2]);
  });
});

describe('nothing is sent', () => {
  const verifyToken = () => Promise.reject(new Error('not signed'));
  test.each<[string, Partial<TelemetryOptions>, GuardianOptions, object]>([
    ['if it is turned off', { isEnabled: false }, {}, move],
    ['if there is neither a token nor a key to send it with', {}, {}, { ...move, authentication: undefined }],
    ['of an event that nobody listens to', {}, {}, { event: 'issue.deleted', authentication }],
    ['of a delivery that is rejected', {}, {}, { event: 'issue.created', event_version: 'v2', authentication }],
    ['of a delivery with a token that Kiket did not sign', {}, { verifyToken }, move],
  ])('%s', async (_when, differences, options, body) => {
    const { deliver, calls, closeAfter } = await start(differences, options);
    await deliver(body);
    await closeAfter(1);
    expect(calls).toEqual([]);
  });

  test('of a redelivery, which ran nothing', async () => {
    const { deliver, calls, closeAfter } = await start();
    const created = { id: 'evt_1', event: 'issue.created', issue: { id: 42 }, authentication };
    await deliver(created);
    await deliver(created);
    await closeAfter(2);
    expect(calls).toHaveLength(1);
  });
});

describe('another address for telemetry', () => {
  test.each([
    ['/', '/telemetry'],
    ['/own', '/own/telemetry'],
    ['/own/telemetry', '/own/telemetry'],
    ['/own/telemetry/?a=b', '/own/telemetry?a=b'],
  ])('that ends in "%s" is posted to at %s, without any credential', async (path, posted) => {
    const other = await startFakeKiket(() => ({ status: 200 }));
    const credentials = { extensionApiKey: 'ext_live_a', workspaceToken: 'wk_a' };
    const { deliver, calls } = await start({ url: other.url + path, credentials });
    await deliver(move);
    await vi.waitFor(() => expect(other.calls).toHaveLength(1));
    expect(other.calls[0]?.path).toBe(posted);
    expect(JSON.stringify(other.calls[0])).not.toMatch(/rt_example|ext_live_a|wk_a/);
    expect(calls).toEqual([]);
  });
});

describe('the feedback hook', () => {
  test('gets what Kiket gets, also where sending is turned off', async () => {
    const records: TelemetryRecord[] = [];
    const { deliver } = await start({ isEnabled: false, feedbackHook: (each) => void records.push(each) });
    await deliver(move);
    await vi.waitFor(() => expect(records).toHaveLength(1));
    expect(records).toStrictEqual([
      {
        event: 'workflow.before_transition',
        version: 'v1',
        status: 'ok',
        durationMs: expect.any(Number) as number,
        metadata: { decision: 'deny' },
        extensionId: 'com.example.guardian',
        extensionVersion: '1.0.0',
        timestamp: noon.toISOString(),
      },
    ]);
  });

  test.each<[string, () => Promise<void>]>([
    ['throws', () => expect.unreachable('broken')],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('that %s is logged and keeps nothing from being sent', async (_how, feedbackHook) => {
    const { deliver, calls, telemetryLog } = await start({ feedbackHook });
    await deliver(move);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(telemetryLog()).toContain('"msg":"the feedback hook failed"');
  });
});

describe('a Kiket that does not take telemetry', () => {
  test.each<[string, Respond]>([
    ['refuses it', () => ({ status: 500 })],
    ['redirects it', () => ({ status: 307, headers: { Location: '/elsewhere' } })],
    ['hangs up', (_call, response) => void response.destroy()],
  ])('because it %s is logged, and asked no second time', async (_how, respond) => {
    const { deliver, calls, closeAfter, telemetryLog } = await start({}, { respond });
    const response = await deliver(move);
    await closeAfter(1);
    expect(response.status).toBe(200);
    expect(calls).toHaveLength(1);
    expect(telemetryLog()).toContain('"msg":"telemetry failed"');
    expect(telemetryLog()).not.toContain('rt_example');
  });

  test('is in the log once when it begins and once when it ends', async () => {
    let isDown = true;
    const { deliver, calls, telemetryLog } = await start({}, { respond: () => ({ status: isDown ? 500 : 200 }) });
    for (let count = 1; count <= 3; count += 1) {
      await deliver({ ...move, id: `evt_${count}` });
      await vi.waitFor(() => expect(calls).toHaveLength(count), { interval: 10 });
    }
    isDown = false;
    await deliver({ ...move, id: 'evt_4' });
    await vi.waitFor(() => expect(telemetryLog()).toContain('"failed":3,"msg":"telemetry works again"'), {
      interval: 10,
    });
    expect(telemetryLog().match(/telemetry failed/g)).toHaveLength(1);
  });

  test('gets two at a time, a hundred wait, and the rest is dropped and counted', async () => {
    const { app, calls, telemetry, telemetryLog } = await start({}, { respond: () => {} });
    const body = JSON.stringify(move);
    const headers = signedHeaders(secret, body, String(noon.getTime() / 1000));
    // On a busy machine, what is sent first would be given up meanwhile.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    for (let sent = 0; sent < 105; sent += 1) await request(app).post('/webhook').set(headers).send(body);
    await vi.waitFor(() => expect(telemetryLog()).toContain('telemetry is being dropped'));
    expect(calls).toHaveLength(2);
    await closeLate(telemetry);
    expect(calls).toHaveLength(2);
    const dropped = telemetryLog()
      .split('\n')
      .filter((line) => line.includes('dropped'));
    expect(dropped.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'telemetry is being dropped: it arrives faster than it can be sent' },
      { msg: 'telemetry was dropped', dropped: 3 },
    ]);
  });

  test('is given up after five seconds', async () => {
    const { deliver, calls, telemetryLog } = await start({}, { respond: () => {} });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await deliver(move);
    await vi.waitFor(() => expect(calls).toHaveLength(1), { interval: 10 });
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(() => expect(telemetryLog()).toContain('"msg":"telemetry failed"'), { interval: 10 });
  });
});

test('a server that stops sends its telemetry, with the key of its environment, and its store does not wait', async () => {
  const folder = temporaryFolder();
  let files: string[] = [];
  const kiket = await startFakeKiket((_call, response) => {
    setTimeout(() => {
      files = readdirSync(folder);
      response.writeHead(204).end();
    }, 500);
  });
  const server = await startServer(project, {
    DATABASE_URL: `file:${join(folder, 'guardian.db')}`,
    HOST: '127.0.0.1',
    KIKET_BASE_URL: kiket.url,
    KIKET_EXTENSION_API_KEY: 'ext_live_a',
    KIKET_WEBHOOK_SECRET: secret,
    LOG_LEVEL: 'silent',
    PORT: '0',
  });
  const body = JSON.stringify({ ...move, authentication: undefined });
  const headers = signedHeaders(secret, body, String(Math.floor(Date.now() / 1000)));
  await request(`http://127.0.0.1:${server.port}`).post('/webhook').set(headers).send(body);
  await server.stop();
  expect(files).toEqual(['guardian.db']);
  expect(kiket.calls).toMatchObject([{ path: '/api/v1/ext/telemetry', headers: { 'x-kiket-api-key': 'ext_live_a' } }]);
});
