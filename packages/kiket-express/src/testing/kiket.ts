import { fileURLToPath } from 'node:url';
import type { Extension, Settings } from '../extension/extension.ts';
import { loadManifest, type Manifest } from '../manifest/manifest.ts';
import { loadSettings } from '../manifest/settings.ts';
import { signingKeys } from '../receive/verify.ts';
import { createTokenVerifier } from '../client/runtimeToken.ts';
import { createKiket, type Kiket, type KiketDependencies } from '../server/kiket.ts';
import type { Project } from '../server/setup.ts';
import { openStore } from '../store/open.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { signedHeaders } from './sign.ts';

/** The webhook secret of all tests. */
export const testSecret = 'a secret for tests only';

/** Noon on a Monday: the time of tests, unless they move the clock. */
export const noon = new Date('2026-03-02T12:00:00Z');

/** A Kiket that refuses every connection. */
export const nowhere = 'http://127.0.0.1:1';

/** An extension's handlers with a database in memory, at {@link noon}. */
export interface TestKiket<S extends Settings> extends Kiket {
  dependencies: KiketDependencies<S>;
  /** The headers that sign a body as a delivery from Kiket, now. */
  sign: (body: string | Buffer) => Record<string, string>;
  /** Sets the clock, which otherwise stands still. */
  setNow: (now: Date) => void;
  /** Every log line so far. */
  logText: () => string;
  /** The same, parsed. */
  logged: () => Record<string, unknown>[];
  close: () => Promise<void>;
}

/** Settings by the manifest's keys. */
export type Overrides = Readonly<Record<string, string | number | boolean>>;

/** What a test can change. */
export type TestKiketOptions<S extends Settings> = Partial<Omit<KiketDependencies<S>, 'settings'>> & {
  /** What differs from the manifest's defaults: `{ required_approvals: 2 }`. */
  settings?: Overrides;
  /** A database in memory by default. */
  databaseUrl?: string;
};

/** An extension's manifest and settings: the manifest's defaults plus the given overrides. */
export function loadTestSetup<S extends Settings>(
  { root, extension }: Project<S>,
  overrides: Overrides = {},
): { manifest: Manifest; settings: S } {
  const manifest = loadManifest(root instanceof URL ? fileURLToPath(root) : root);
  return { manifest, settings: readSettings(manifest, extension, overrides) };
}

function readSettings<S extends Settings>(
  { configuration }: Manifest,
  { settingsSchema }: Extension<S>,
  overrides: Overrides,
): S {
  return loadSettings(configuration, namedAsSet(overrides), settingsSchema);
}

function namedAsSet(settings: Overrides): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.toUpperCase(), String(value)]));
}

/** Opens an extension for a test: mount it in an app, or call {@link Kiket.handle}. Close it when the test ends. */
export async function openTestKiket<S extends Settings>(
  { root, extension }: Project<S>,
  { settings: overrides = {}, databaseUrl = 'file::memory:', ...options }: TestKiketOptions<S> = {},
): Promise<TestKiket<S>> {
  let now = noon;
  let text = '';
  const manifest = options.manifest ?? loadManifest(root instanceof URL ? fileURLToPath(root) : root);
  const log = createLog({ level: 'debug', secretValues: [testSecret] }, { write: (line) => void (text += line) });
  const metrics = createMetrics();
  const store =
    options.store ??
    (await openStore(databaseUrl, {
      onRepeat: metrics.countRedelivery,
      onTrouble: (error) => log.error({ err: error }, 'decisions could not be recorded'),
    }));
  const settings = readSettings(manifest, extension, overrides);
  const dependencies: KiketDependencies<S> = {
    manifest,
    extension,
    settings,
    overrides: namedAsSet(overrides),
    secrets: {},
    baseUrl: nowhere,
    telemetry: { record: () => {} },
    store,
    keys: signingKeys([testSecret]),
    verifyToken: createTokenVerifier(nowhere),
    allowUntimedSignatures: false,
    bodyToleranceSeconds: 300,
    organizationId: undefined,
    secretValues: [testSecret],
    log,
    metrics,
    clock: () => now,
    maxInFlight: 256,
    metricsToken: undefined,
    ...options,
  };
  return {
    ...createKiket(dependencies),
    dependencies,
    sign: (body) => signedHeaders(testSecret, body, String(Math.floor(now.getTime() / 1000))),
    setNow: (value) => {
      now = value;
    },
    logText: () => text,
    logged: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    close: () => store.close(),
  };
}
