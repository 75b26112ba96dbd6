import type { Express } from 'express';
import request, { type Test } from 'supertest';
import { onTestFinished } from 'vitest';
import { createApp, type AppDependencies } from '../../src/server/app.ts';
import { extension } from '../../../../src/extension.ts';
import type { GuardianSettings } from '../../../../src/settings.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { loadManifest } from '../../src/manifest/manifest.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { loadSettings } from '../../src/manifest/settings.ts';
import { signingKeys } from '../../src/receive/signature.ts';
import { projectRoot } from '../../src/server/setup.ts';
import { createTokenVerifier } from '../../src/receive/token.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { signedHeaders } from './sign.ts';

export const secret = 'a secret for tests alone';
export const noon = new Date('2026-03-02T12:00:00Z');
export const noonSeconds = String(noon.getTime() / 1000);

/** A Kiket that refuses every connection. */
export const nowhere = 'http://127.0.0.1:1';

/** A guardian as it is shipped, over an in-memory database, at noon. */
export interface TestGuardian {
  app: Express;
  /** What the app is made of. */
  dependencies: AppDependencies<GuardianSettings>;
  store: Store;
  /** Every log line so far, parsed. */
  logged: () => Record<string, unknown>[];
  logText: () => string;
  /** Moves the clock; it stands still otherwise. */
  setNow: (now: Date) => void;
  /** Posts a body, signed at the guardian's now. */
  deliver: (body: unknown, path?: string, headers?: Record<string, string>) => Test;
}

export type GuardianOptions = Partial<Omit<AppDependencies<GuardianSettings>, 'settings'>> & {
  /** As `KIKET_SETTING_*` would say it. */
  overrides?: Record<string, string>;
  databaseUrl?: string;
};

/** Makes a guardian for one test; it is closed when the test ends. */
export async function createGuardian({
  overrides = {},
  databaseUrl = 'file::memory:',
  ...options
}: GuardianOptions = {}): Promise<TestGuardian> {
  let now = noon;
  let text = '';
  const manifest = options.manifest ?? loadManifest(projectRoot);
  const log = createLog({ level: 'debug', secretValues: [secret] }, { write: (line) => void (text += line) });
  const metrics = createMetrics();
  const store =
    options.store ??
    (await openStore(databaseUrl, {
      onRepeat: metrics.countRedelivery,
      onTrouble: (error) => log.error({ err: error }, 'decisions could not be recorded'),
    }));
  onTestFinished(() => store.close());
  const settings = loadSettings(manifest.configuration, overrides, extension.settingsSchema);
  const dependencies: AppDependencies<GuardianSettings> = {
    manifest,
    extension,
    settings,
    failurePolicy: settings.failure_policy,
    secrets: {},
    baseUrl: nowhere,
    telemetry: { record: () => {} },
    store,
    keys: signingKeys([secret]),
    verifyToken: createTokenVerifier(nowhere),
    allowUntimedSignatures: false,
    organizationId: undefined,
    secretValues: [secret],
    log,
    metrics,
    clock: () => now,
    maxInFlight: 256,
    metricsToken: undefined,
    ...options,
  };
  const app = createApp(dependencies);
  return {
    app,
    dependencies,
    store,
    logged: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    logText: () => text,
    setNow: (value) => {
      now = value;
    },
    deliver: (body, path = '/webhook', headers = {}) => {
      const bytes = typeof body === 'string' ? body : JSON.stringify(body);
      const seconds = String(Math.floor(now.getTime() / 1000));
      return request(app)
        .post(path)
        .set({ ...signedHeaders(secret, bytes, seconds), ...headers })
        .send(bytes);
    },
  };
}
