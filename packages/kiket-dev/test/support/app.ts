import { startServer } from 'kiket-express';
import { nowhere, openTestKiket, testSecret, type TestKiketOptions } from 'kiket-express/testing';
import request from 'supertest';
import { onTestFinished } from 'vitest';
import { createApp } from '../../../../src/app.ts';
import { loadServed } from '../../src/project.ts';
import { projectRoot } from './folders.ts';

/** This repository's extension, as the tool loads it. */
const served = await loadServed(projectRoot);

/**
 * Starts the app over a database in memory; it stops when the test ends.
 */
export async function serveApp(
  env: Readonly<Record<string, string | undefined>> = {},
  options: Parameters<typeof startServer>[2] = {},
) {
  const variables = {
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_BASE_URL: nowhere,
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: testSecret,
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...env,
  };
  const server = await startServer(served, variables, options);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= server.stop());
  onTestFinished(stop);
  return { ...server, stop };
}

/** The app without a server, at noon. */
export async function openApp(options: TestKiketOptions<Readonly<Record<string, unknown>>> = {}) {
  const kiket = await openTestKiket({ root: served.root, extension: options.extension ?? served.extension }, options);
  onTestFinished(() => kiket.close());
  const app = createApp(kiket);
  const deliver = (payload: unknown) => {
    const body = JSON.stringify(payload);
    return request(app).post('/webhook').set(kiket.sign(body)).send(body);
  };
  return { ...kiket, app, deliver };
}
