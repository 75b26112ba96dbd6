import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import type { Logger } from 'pino';
import type { Config, Environment } from './config.ts';
import { fastHelmet, fastListener, fastMessages } from './fast.ts';
import { openGuardian, type Guardian, type LogDestination } from './guardian.ts';
import { close, createHttpServer, listen } from './http.ts';

/** How often old rows are looked for, in milliseconds. */
const pruneEveryMs = 60 * 60 * 1000;

/** A server that answers. */
export interface RunningServer {
  config: Config;
  port: number;
  /** Shows no secret, whatever is written with it. */
  log: Logger;
  /** Stops accepting, finishes what is in hand (at most 10 s) and closes the store. */
  stop: () => Promise<void>;
}

/**
 * Starts the guardian as the environment says.
 *
 * @param destination where log lines go; standard output by default
 * @throws SetupError that names everything that is wrong with the manifest, the environment and the settings
 */
export async function startServer(env: Environment, destination?: LogDestination): Promise<RunningServer> {
  const guardian = await openGuardian(env, { destination, harden: fastHelmet });
  const { app, config, manifest, log, metrics } = guardian;
  collectDefaultMetrics({ register: metrics.registry });
  const keepAliveMs = config.keepAliveSeconds * 1000;
  const server = createHttpServer(fastListener(app), { keepAliveMs, messages: fastMessages(app) });
  try {
    await listen(server, config);
  } catch (error) {
    await guardian.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  log.info({ port, extension: manifest.id, version: manifest.version }, 'listening');
  if (config.isProduction && config.databaseUrl.startsWith('file:')) {
    log.warn('approvals are kept in a local file: give it a lasting disk, or set DATABASE_URL to PostgreSQL');
  }
  const stopPruning = startPruning(guardian);
  return {
    config,
    port,
    log,
    stop: async () => {
      await close(server);
      await stopPruning();
      await guardian.close();
      log.info('stopped');
    },
  };
}

/** Deletes what is too old, at once and then every hour. Returns what stops it. */
function startPruning({ prune }: Guardian): () => Promise<void> {
  const stopping = new AbortController();
  let running = prune(stopping.signal);
  const timer = setInterval(() => {
    running = running.then(() => prune(stopping.signal));
  }, pruneEveryMs);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}
