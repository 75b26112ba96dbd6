import type { RequestListener } from 'node:http';
import type { Request, Response } from 'express';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openKiket } from '../../src/server/open.ts';
import { createServerless, type HttpEvent } from '../../src/serverless/serverless.ts';
import type { Guard } from '../../src/extension/extension.ts';
import { extension, type FixtureSettings } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { moveToDone, press } from '../support/deliver.ts';
import { createGuardian, noonSeconds, secret } from '../support/guardian.ts';
import { createPostgresDatabase, openConnection } from '../support/postgres.ts';
import { startProxy } from '../support/proxy.ts';
import { signedHeaders } from '../support/sign.ts';

/** Which lock of PostgreSQL instances take to change the tables. */
const kyselyMigrationLock = '3853314791062309107';

/** A signed delivery as an event, at the time that it is. */
function delivery(payload: unknown): HttpEvent {
  const body = JSON.stringify(payload);
  const headers = signedHeaders(secret, body, String(Math.floor(Date.now() / 1000)));
  const requestContext = { http: { method: 'POST' } };
  return {
    version: '2.0',
    requestContext,
    rawPath: '/webhook',
    rawQueryString: '',
    headers,
    body,
    isBase64Encoded: false,
  };
}

test('a guard has the time that its host leaves, cold start included', async () => {
  const guard: Guard<FixtureSettings> = (_transition, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  const guardian = await createGuardian({ extension: { ...extension, guards: { guard } } });
  const body = JSON.stringify(moveToDone());
  for (const [arrived, ends] of [
    [-60_000, Infinity],
    [0, 1_600],
  ] as const) {
    const now = performance.now();
    const hostTime = { arrivedAt: now + arrived, endsAt: now + ends };
    const hosted: RequestListener = (incoming, response) => {
      guardian.app(Object.assign(incoming as Request, { hostTime }), response as Response);
    };
    const answer = await request(hosted)
      .post('/webhook')
      .set(signedHeaders(secret, body, noonSeconds))
      .send(body);
    expect(answer.body).toMatchObject({ status: 'deny', metadata: { failure: 'deadline_exceeded' } });
  }
});

describe('a function', () => {
  test.each([
    ['the instance was frozen', 60_000],
    ['the clock was set back', -60_000],
  ])('replaces connections that fell silent while %s', async (_why, passedMs) => {
    const { url } = await createPostgresDatabase();
    const proxy = await startProxy(Number(new URL(url).port));
    const database = new URL(url);
    database.port = String(proxy.port);
    const settings = { DATABASE_URL: database.href, KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret };
    const answer = createServerless(project, { ...settings, LOG_LEVEL: 'silent' });
    const ask = async () => JSON.parse((await answer(delivery(press('guardian_report')))).body) as unknown;

    expect(await ask()).toMatchObject({ status: 'success' });
    expect(proxy.silence()).toBeGreaterThan(0);
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(Date.now() + passedMs);
    expect(await ask()).toMatchObject({ status: 'success' });
  });

  test('gives up telemetry that nobody takes when the time for it is over', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    vi.stubGlobal('fetch', (_url: unknown, options?: RequestInit) => {
      signals.push(options?.signal);
      return new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(new Error('given up')));
      });
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const settings = { DATABASE_URL: 'file::memory:', KIKET_WEBHOOK_SECRET: secret, LOG_LEVEL: 'silent' };
    const guardian = await openKiket(project, settings);
    onTestFinished(() => guardian.close());
    const { headers, body } = delivery(press('approve_transition'));
    await request(guardian.handle).post('/webhook').set(headers).send(body);
    await vi.waitFor(() => expect(signals).toHaveLength(1));

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const settled = guardian.settle(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    await settled;
  });

  test("answers 500 to an event that isn't a request", async () => {
    const { url } = await createPostgresDatabase();
    const settings = { DATABASE_URL: url, KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret };
    const answer = createServerless(project, { ...settings, LOG_LEVEL: 'silent' });
    const scheduled: unknown = { version: '2.0', 'detail-type': 'Scheduled Event' };
    const { statusCode, body } = await answer(scheduled as HttpEvent);
    expect([statusCode, JSON.parse(body)]).toMatchObject([500, { error: { code: 'handler_failed' } }]);
  });

  test('answers 503 in time when it takes too long to open, and opens all the same', async () => {
    const { url } = await createPostgresDatabase();
    const lock = await openConnection(url, `select pg_advisory_lock(${kyselyMigrationLock})`);
    const settings = { DATABASE_URL: url, KIKET_SDK_TELEMETRY_OPTOUT: '1', KIKET_WEBHOOK_SECRET: secret };
    const answer = createServerless(project, { ...settings, LOG_LEVEL: 'silent' });
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => stderr.mockRestore());
    // Half a second is left when the way home is taken off.
    const early = await answer(delivery(moveToDone()), performance.now() + 2_000);
    expect([early.statusCode, JSON.parse(early.body)]).toMatchObject([503, { error: { code: 'not_started' } }]);
    expect(stderr).toHaveBeenCalledWith(expect.stringMatching(/^The extension can't start:\n  - .*database/));
    await lock.query(`select pg_advisory_unlock(${kyselyMigrationLock})`);
    const opened = await answer(delivery(press('guardian_report')));
    expect(JSON.parse(opened.body)).toMatchObject({ status: 'success' });
  });
});
