import type { RequestListener } from 'node:http';
import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { onTestFinished } from 'vitest';
import type { KiketDependencies } from '../../src/server/kiket.ts';
import { listenerOf } from '../../src/server/server.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestKiket, testSecret, type TestKiket, type TestKiketOptions } from '../../src/testing/kiket.ts';
import type { FixtureSettings } from '../fixture/src/extension.ts';
import { project } from '../fixture/src/project.ts';
import { signedHeaders } from './sign.ts';

export { noon, testSecret as secret } from '../../src/testing/kiket.ts';
export const noonSeconds = String(Date.parse('2026-03-02T12:00:00Z') / 1000);

/** The fixture's handlers over a database in memory, at noon, and its app. */
export interface TestGuardian extends TestKiket<FixtureSettings> {
  app: Express;
  /** The app as the server calls it. */
  listener: RequestListener;
  store: Store;
  /** Posts a body, signed at the guardian's now. */
  deliver: (body: unknown, path?: string, headers?: Record<string, string>, to?: RequestListener) => Test;
}

export type GuardianOptions = Omit<TestKiketOptions<FixtureSettings>, 'settings'> & {
  /** As `KIKET_SETTING_*` would say it. */
  overrides?: Record<string, string>;
};

/** What the handlers are made of. */
export type GuardianDependencies = KiketDependencies<FixtureSettings>;

/** Makes a guardian for one test; it is closed when the test ends. */
export async function createGuardian({ overrides = {}, ...options }: GuardianOptions = {}): Promise<TestGuardian> {
  const kiket = await openTestKiket(project, { settings: overrides, ...options });
  const { dependencies } = kiket;
  const { clock, store } = dependencies;
  onTestFinished(() => kiket.close());
  const app = project.createApp(kiket);
  const listener = listenerOf(app, kiket);
  return {
    ...kiket,
    app,
    listener,
    store,
    deliver: (body, path = '/webhook', headers = {}, to = listener) => {
      const bytes = typeof body === 'string' ? body : JSON.stringify(body);
      const seconds = String(Math.floor(clock().getTime() / 1000));
      return request(to)
        .post(path)
        .set({ ...signedHeaders(testSecret, bytes, seconds), ...headers })
        .send(bytes);
    },
  };
}

/** What each delivery is answered with, one after the other: a status, or the code of a rejection. */
export async function statusesOf({ deliver }: TestGuardian, ...bodies: object[]): Promise<(string | undefined)[]> {
  const statuses: (string | undefined)[] = [];
  for (const body of bodies) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    const answer = (await deliver(body)).body as { status?: string; error?: { code: string } };
    statuses.push(answer.status ?? answer.error?.code);
  }
  return statuses;
}
