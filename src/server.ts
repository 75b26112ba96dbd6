import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics } from 'prom-client';
import type { DestinationStream, Logger } from 'pino';
import { createApp } from './app.ts';
import { loadConfig, settingOverrides, type Config, type Environment } from './config.ts';
import { extension } from './extension/index.ts';
import { problems, SetupError } from './kiket/errors.ts';
import { requireHandlers } from './kiket/handlers.ts';
import { createLog } from './kiket/log.ts';
import { loadManifest } from './kiket/manifest.ts';
import { createMetrics } from './kiket/metrics.ts';
import { failurePolicyOf, loadSettings } from './kiket/settings.ts';
import { signingKeys } from './kiket/signature.ts';
import { createTokenVerifier } from './kiket/token.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';

/** The folder with `.kiket/`: one above `src/` and one above `dist/`. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** How long a stop waits for deliveries in hand, in milliseconds. */
const stopWithinMs = 10_000;

/** More connections than this are closed at once, so that what they send fits into memory. */
const maxConnections = 1_024;

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
  const secretValues = [...config.webhookSecrets, ...Object.values(config.secrets)];
  const log = createLog({ level: config.logLevel, secretValues }, destination);
  const metrics = createMetrics();
  collectDefaultMetrics({ register: metrics.registry });
  const store = await openStore(config.databaseUrl, {
    onRepeat: metrics.countRedelivery,
    onTrouble: (error, dropped) => log.error({ err: error, dropped }, 'decisions could not be recorded'),
  });
  const app = createApp({
    ...config,
    keys: signingKeys(config.webhookSecrets),
    verifyToken: createTokenVerifier(config.baseUrl),
    failurePolicy: failurePolicyOf(settings),
    clock: () => new Date(),
    manifest,
    extension,
    settings,
    store,
    log,
    metrics,
    secretValues,
    maxInFlight,
  });
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    app,
  );
  server.on('clientError', answerClientError);
  server.maxConnections = maxConnections;
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

/** Reads manifest, environment and settings, and tells all that is wrong with them at once. */
function loadSetup(env: Environment) {
  const manifest = loadManifest(projectRoot);
  const found: string[] = [];
  const attempt = <Value>(load: () => Value): Value | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      found.push(...error.problems);
      return undefined;
    }
  };
  attempt(() => requireHandlers(manifest, extension));
  const config = attempt(() => loadConfig(env, manifest.secretVariable));
  const overrides = settingOverrides(env);
  const settings = attempt(() => loadSettings(manifest.configuration, overrides, extension.settingsSchema));
  if (config === undefined || settings === undefined || found.length > 0) throw new SetupError(found);
  return { manifest, config, settings };
}

async function listen(server: Server, { port, host }: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `PORT ${port} is taken by another process. Set PORT to a free one.`;
      const refused = `Cannot listen on ${host ?? '*'}:${port} (${error.code}). Check HOST and PORT.`;
      reject(new SetupError([error.code === 'EADDRINUSE' ? taken : refused]));
    });
    server.listen({ port, host }, resolve);
  });
}

/** Lets nobody in, lets what is in hand finish, and cuts what is left at the end of the time. */
async function close(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), stopWithinMs);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  clearInterval(sweep);
  clearTimeout(cut);
}

/** What is not even HTTP gets JSON as well. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = clientErrorStatus[error.code ?? ''] ?? '400 Bad Request';
  const { message } = problems.body_incomplete;
  const body = JSON.stringify({ error: { code: 'body_incomplete', message } });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const clientErrorStatus: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};
