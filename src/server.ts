import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import type { DestinationStream, Logger } from 'pino';
import { createApp } from './app.ts';
import type { Config, Environment } from './config.ts';
import { extension } from './extension/index.ts';
import { fastHelmet, fastListener, fastMessages } from './fast.ts';
import { close, createHttpServer, listen } from './http.ts';
import { createLog } from './kiket/log.ts';
import { createMetrics } from './kiket/metrics.ts';
import { failurePolicyOf } from './kiket/settings.ts';
import { signingKeys } from './kiket/signature.ts';
import { createTelemetry } from './kiket/telemetry.ts';
import { createTokenVerifier } from './kiket/token.ts';
import { loadSetup } from './setup.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';

/** How often old rows are looked for, in milliseconds. */
const pruneEveryMs = 60 * 60 * 1000;

/** More deliveries than this at once are turned away. Kiket sends five at a time. */
const maxInFlight = 256;

/** A server that answers. */
export interface RunningServer {
  config: Config;
  port: number;
  /** Stops accepting, finishes what is in hand (at most 10 s) and closes the store. */
  stop: () => Promise<void>;
}

/**
 * Starts the guardian as the environment says.
 *
 * @param destination where log lines go; standard output by default
 * @throws SetupError that names everything that is wrong with the manifest, the environment and the settings
 */
export async function startServer(env: Environment, destination?: DestinationStream): Promise<RunningServer> {
  const { manifest, config, settings } = loadSetup(env);
  const { extensionApiKey = '', workspaceToken = '' } = config.credentials;
  const secretValues = [...config.webhookSecrets, ...Object.values(config.secrets), extensionApiKey, workspaceToken];
  const log = createLog({ level: config.logLevel, secretValues }, destination);
  const metrics = createMetrics();
  collectDefaultMetrics({ register: metrics.registry });
  const store = await openStore(config.databaseUrl, {
    onRepeat: metrics.countRedelivery,
    onTrouble: (error, dropped) => log.error({ err: error, dropped }, 'decisions could not be recorded'),
  });
  const clock = () => new Date();
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
  const app = createApp(
    {
      ...config,
      keys: signingKeys(config.webhookSecrets),
      verifyToken: createTokenVerifier(config.baseUrl),
      failurePolicy: failurePolicyOf(settings),
      clock,
      manifest,
      extension,
      settings,
      store,
      log,
      metrics,
      telemetry,
      secretValues,
      maxInFlight,
    },
    fastHelmet,
  );
  const server = createHttpServer(fastListener(app), { messages: fastMessages(app) });
  try {
    await listen(server, config);
  } catch (error) {
    await store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  log.info({ port, extension: manifest.id, version: manifest.version }, 'listening');
  if (config.isProduction && config.databaseUrl.startsWith('file:')) {
    log.warn('approvals are kept in a local file: give it a lasting disk, or set DATABASE_URL to PostgreSQL');
  }
  const stopPruning = startPruning(store, config.retentionDays, log);
  return {
    config,
    port,
    stop: async () => {
      await close(server);
      await telemetry.close();
      await stopPruning();
      await store.close();
      log.info('stopped');
    },
  };
}

/** Deletes what is too old, at once and then every hour. Returns what stops it. */
function startPruning(store: Store, retentionDays: number, log: Logger): () => Promise<void> {
  const run = async () => {
    try {
      const rows = await store.prune(new Date(Date.now() - retentionDays * 24 * 60 * 60 * 1000));
      if (rows > 0) log.info({ rows }, 'deleted what was too old');
    } catch (error) {
      log.error({ err: error }, 'what is too old could not be deleted');
    }
  };
  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, pruneEveryMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
