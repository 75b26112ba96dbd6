import type { DestinationStream, Logger } from 'pino';
import { createKiket, type Kiket } from './kiket.ts';
import type { Config, Environment } from './config.ts';
import type { Settings } from '../extension/extension.ts';
import { Deadline, untilAborted } from '../deadline.ts';
import { createLog } from '../telemetry/log.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { settingsInEffect } from '../manifest/settings.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { signingKeys } from '../receive/verify.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createTokenVerifier } from '../client/runtimeToken.ts';
import { loadSetup, type Project } from './setup.ts';
import type { LogOutput } from './stdout.ts';
import { openStore } from '../store/open.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** More concurrent deliveries than this are rejected. Kiket sends five at a time. */
const maxInFlight = 256;

/** An open extension that answers deliveries, behind a server or a function. */
export interface OpenKiket extends Kiket {
  config: Config;
  manifest: Manifest;
  /** The settings in effect, as the log shows them. */
  settings: Readonly<Record<string, unknown>>;
  log: Logger;
  /**
   * Deletes rows older than `RETENTION_DAYS`, counted back from the latest delivery, until told to stop. Never throws.
   */
  prune: (signal?: AbortSignal) => Promise<void>;
  /**
   * Finishes background work: writes decisions and sends telemetry. Gives up after this many milliseconds: then
   * decisions keep waiting, and telemetry is dropped. Never throws.
   */
  settle: (withinMs: number) => Promise<void>;
  /** Finishes background work and closes the store. */
  close: () => Promise<void>;
}

/** Where log lines go. It can report how many were lost. */
export type LogDestination = DestinationStream & Partial<Pick<LogOutput, 'watch'>>;

/** What an app can do differently when it opens Kiket. Tests set the clock and the log. */
export interface OpenOptions {
  /** Where log lines go (standard output by default). */
  destination?: LogDestination | undefined;
  /** Tells the time (the system's by default). */
  clock?: (() => Date) | undefined;
  /** Whether files outlast the process. If not, approvals must be in PostgreSQL. */
  hasDisk?: boolean;
  /** Variables of a file that is this extension's alone: the log warns about misspelled ones. */
  ownNames?: readonly string[];
  /** Whether to include metrics of the process. Not if the process belongs to another app. */
  ownsProcess?: boolean;
}

/**
 * Opens an extension as the environment says, without listening.
 *
 * @throws SetupError that lists all problems of the manifest, the environment and the settings
 */
export async function openKiket<S extends Settings>(
  project: Project<S>,
  env: Environment,
  { destination, clock = () => new Date(), hasDisk = true, ownNames = [], ownsProcess = false }: OpenOptions = {},
): Promise<OpenKiket> {
  const { extension } = project;
  const { manifest, config, overrides, settings, misspelled } = loadSetup(project, env, { hasDisk, ownNames });
  const { extensionApiKey = '', workspaceToken = '' } = config.credentials;
  const secretValues = [...config.webhookSecrets, ...Object.values(config.secrets), extensionApiKey, workspaceToken];
  const log = createLog({ level: config.logLevel, secretValues, extension: manifest.id }, destination);
  for (const problem of misspelled) log.warn(problem);
  const metrics = createMetrics({ ofProcess: ownsProcess, extension: manifest.id });
  destination?.watch?.({
    onLost: metrics.countLostLines,
    onWrittenAgain: (lines) => log.warn({ lines }, 'log lines were lost'),
  });
  const store = await openStore(config.databaseUrl, {
    onRepeat: metrics.countRedelivery,
    onTrouble: (error, dropped) => log.error({ err: error, dropped }, 'decisions could not be recorded'),
  });
  const telemetry = createTelemetry({
    ...config.telemetry,
    baseUrl: config.baseUrl,
    credentials: config.credentials,
    extensionId: manifest.id,
    extensionVersion: manifest.version,
    feedbackHook: extension.feedbackHook,
    clock,
    log,
  });
  const kiket = createKiket({
    ...config,
    keys: signingKeys(config.webhookSecrets),
    verifyToken: createTokenVerifier(config.baseUrl),
    clock,
    manifest,
    extension,
    settings,
    overrides,
    store,
    log,
    metrics,
    telemetry,
    secretValues,
    maxInFlight,
  });

  return {
    ...kiket,
    config,
    manifest,
    settings: settingsInEffect({ manifest, overrides }, settings),
    log,
    prune: async (signal) => {
      try {
        const latest = await store.latest();
        if (latest === undefined) return;
        // Age is counted from the latest delivery. With the clock alone, a wrong clock would delete everything.
        const now = Math.min(Date.now(), latest.getTime());
        const rows = await store.prune(new Date(now - config.retentionDays * dayMs), signal);
        if (rows > 0) log.info({ rows }, 'old rows deleted');
      } catch (error) {
        log.error({ err: error }, 'old rows could not be deleted');
      }
    },
    settle: async (withinMs) => {
      const deadline = new Deadline(withinMs);
      const writing = untilAborted(store.settle(), deadline.signal).catch(() => {});
      await Promise.all([writing, telemetry.settle(withinMs)]);
      deadline.clear();
    },
    close: async () => {
      // Both at once: telemetry may wait for Kiket until the process ends.
      await Promise.all([telemetry.settle(), store.close()]);
    },
  };
}
