import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Settings } from '../extension/extension.ts';
import type { Config, Environment } from './config.ts';
import { fastListener, fastMessages } from './fast.ts';
import { close, createHttpServer, listen } from './http.ts';
import type { Kiket } from './kiket.ts';
import { collapseSlashes } from '../request.ts';
import { openKiket, type OpenKiket, type OpenOptions } from './open.ts';
import type { Project } from './setup.ts';

/** How often old rows are deleted, in milliseconds. */
const pruneEveryMs = 60 * 60 * 1000;

/** When a server first deletes them after its start, in milliseconds, so that the first deliveries don't wait. */
const pruneFirstMs = 60 * 1000;

/** An app, called for each request. Express's third parameter is what an app calls if nothing in it answers. */
export type App = (request: never, response: never, unanswered: (error?: unknown) => void) => void;

/** What to serve. */
export interface Served<S extends Settings> extends Project<S> {
  /** Creates the app; without it, plain `node:http` serves the usual paths. */
  createApp?: ((kiket: Kiket) => App) | undefined;
}

/** A running server. */
export interface RunningServer {
  config: Config;
  /** The extension's id. */
  name: string;
  port: number;
  /** Never shows secrets, whatever is logged. */
  log: Logger;
  /** Stops accepting, finishes requests in progress (at most 9 s) and closes the store. */
  stop: () => Promise<void>;
}

/**
 * Starts an extension as the environment says.
 *
 * @throws SetupError that lists all problems of the manifest, the environment and the settings
 */
export async function startServer<S extends Settings>(
  { createApp, ...project }: Served<S>,
  env: Environment,
  options: Pick<OpenOptions, 'destination' | 'clock' | 'ownNames'> = {},
): Promise<RunningServer> {
  const kiket = await openKiket(project, env, { ...options, ownsProcess: true });
  const { config, manifest, log } = kiket;
  const app = createApp?.(kiket);
  const keepAliveMs = config.keepAliveSeconds * 1000;
  const server = createHttpServer(fastListener(listenerOf(app, kiket)), { keepAliveMs, messages: fastMessages(app) });
  try {
    await listen(server, config);
  } catch (error) {
    await kiket.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  log.info({ port, version: manifest.version, settings: kiket.settings }, 'listening');
  if (config.isProduction && config.databaseUrl.startsWith('file:')) {
    log.warn('approvals are kept in a local file: put it on a persistent disk, or set DATABASE_URL to PostgreSQL');
  }
  const stopPruning = startPruning(kiket);
  return {
    config,
    name: manifest.id,
    port,
    log,
    stop: async () => {
      await close(server);
      await stopPruning();
      await kiket.close();
      log.info('stopped');
    },
  };
}

/**
 * Calls the app, or the usual handlers without one, and answers what the app doesn't: a target without a path, such as
 * `foo://bar`, matches no route.
 */
export function listenerOf(app: App | undefined, { handle, notFound, onError }: Kiket): RequestListener {
  return (request, response) => {
    if (app === undefined) return handle(request, response);
    request.url = collapseSlashes(request.url ?? '/');
    app(request as never, response as never, (error) => {
      if (error === undefined || error === null) notFound(request, response);
      else onError(error, request, response, undefined);
    });
  };
}

/** Deletes old rows, a minute from now and then every hour. Returns a function that stops it. */
function startPruning({ prune }: OpenKiket): () => Promise<void> {
  const stopping = new AbortController();
  let running = Promise.resolve();
  const pruneNow = () => {
    running = running.then(() => prune(stopping.signal));
  };
  const first = setTimeout(pruneNow, pruneFirstMs);
  const timer = setInterval(pruneNow, pruneEveryMs);
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}
