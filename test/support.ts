import type { Express } from 'express';
import {
  openTestKiket,
  loadTestSetup,
  type Overrides,
  startTestApi,
  type Reply,
  type Respond,
  type TestKiketOptions,
} from 'kiket-express/testing';
import request, { type Test } from 'supertest';
import { onTestFinished } from 'vitest';
import { createApp } from '../src/app.ts';
import extension from '../src/extension.ts';

/** The extension and where its manifest is. */
export const project = { root: new URL('..', import.meta.url), extension };

/** What the settings are when nobody sets anything, except for these: `settingsWith({ failure_policy: 'allow' })`. */
export function settingsWith(overrides: Overrides = {}) {
  return loadTestSetup(project, overrides).settings;
}

type Settings = ReturnType<typeof settingsWith>;

/** The app over a database in memory, at noon. It is closed when the test ends. */
export async function openApp(options: TestKiketOptions<Settings> = {}) {
  const kiket = await openTestKiket(project, options);
  onTestFinished(() => kiket.close());
  const app: Express = createApp(kiket);
  /** Posts a body as Kiket does, with its signature. */
  const deliver = (body: object): Test => {
    const text = JSON.stringify(body);
    return request(app).post('/webhook').set(kiket.sign(text)).send(text);
  };
  /** The same, and what it is answered with. */
  const answerTo = async (body: object) => (await deliver(body)).body as Record<string, unknown>;
  return { ...kiket, app, deliver, answerTo };
}

/** An API that the app calls: Kiket's, or another one. It is stopped when the test ends. */
export async function startApi(respond: Respond | readonly Reply[]) {
  const api = await startTestApi(respond);
  onTestFinished(api.close);
  return api;
}
