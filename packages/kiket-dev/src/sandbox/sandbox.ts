import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from './api/authenticate.ts';
import { kiketRateLimit, type RateLimit } from './api/rateLimit.ts';
import { createApp } from './app.ts';
import { createControls, type Controls } from './controls.ts';
import { openDatabase } from './database.ts';
import { installExtension, type InstalledExtension } from './extension.ts';
import { loadFaults } from './faults.ts';
import type { Guardian, Platform } from './platform.ts';
import { createQueue, kiketRetryDelaysMs } from './queue.ts';
import { Refusal } from './refusal.ts';
import { seed } from './seed.ts';
import { createTokens } from './tokens.ts';
import { createTurns } from './turns.ts';
import { createWorkflow } from './workflow.ts';

/** How a sandbox is to be. All but the root has a default. */
export interface SandboxOptions {
  /** The folder with the extension's manifest. */
  root: string;
  /** The webhook secret that the extension knows too; one for this sandbox by default. */
  secret?: string;
  /** Settings that the extension has and its manifest does not say, by key: saved payloads are replayed with them. */
  settings?: Readonly<Record<string, string>>;
  /** A file that keeps the state; in memory by default. */
  database?: string;
  /** Where to listen on 127.0.0.1; a free port by default. */
  port?: number;
  /** The wait before each further attempt of a delivery; Kiket's own by default. */
  retryDelaysMs?: readonly number[];
  rateLimit?: RateLimit;
  /** What runtime tokens may do; what the manifest asks for by default. */
  scopes?: readonly string[];
  clock?: () => Date;
}

/** A local Kiket that runs. */
export interface Sandbox extends Controls, Credentials {
  /** Where it listens, such as `http://127.0.0.1:4400`: the extension's `KIKET_BASE_URL`. */
  url: string;
  secret: string;
  extension: InstalledExtension;
  /** Tells where the extension listens, such as `http://127.0.0.1:8080/webhook`. */
  connect: (callbackUrl: string) => void;
  /** Tells that the extension takes no deliveries, and why, until it is connected again. They are tried all the same. */
  lose: (trouble: string) => void;
  /** Finishes what is on its way and stops. Attempts that are still to come are made when the file is opened again. */
  close: () => Promise<void>;
}

/** Starts a local Kiket. Rejects if the port is taken or the manifest cannot be read. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { root, database: path = ':memory:', clock = () => new Date() } = options;
  const extension = installExtension(root);
  const database = await openDatabase(path);
  const changes = new EventEmitter<{ change: [string | undefined] }>().setMaxListeners(0);
  let changeCount = 0;
  const announce = (deliveryId?: string) => {
    changeCount += 1;
    changes.emit('change', deliveryId);
  };
  const faults = await loadFaults(database, () => announce());
  const secret = options.secret ?? randomBytes(24).toString('base64url');
  const credentials = { apiKey: `ext_live_${randomText()}`, workspaceToken: `wk_${randomText()}` };
  let url = '';
  let guardian: Guardian = { url: '', trouble: "The extension hasn't started yet." };
  function setGuardian(changed: Guardian): void {
    guardian = changed;
    announce();
  }
  let resumed = Promise.resolve();

  const platform: Platform = {
    root,
    settings: options.settings ?? {},
    database,
    extension,
    faults,
    tokens: await createTokens(),
    secret,
    scopes: options.scopes ?? extension.scopes,
    baseUrl: () => url,
    callbackUrl: () => {
      if (guardian.url !== '') return guardian.url;
      throw new Refusal(503, 'EXTENSION_UNKNOWN', "The extension hasn't started yet.");
    },
    guardian: () => guardian,
    now: () => new Date(clock().getTime() + faults.current().clock_skew * 1000),
    inTurn: createTurns(),
    announce,
    changeCount: () => changeCount,
    watch: (listener) => {
      changes.on('change', listener);
      return () => void changes.off('change', listener);
    },
  };
  const queue = createQueue(platform, options.retryDelaysMs ?? kiketRetryDelaysMs);
  const workflow = createWorkflow(platform, queue);
  const controls = createControls({ platform, queue, workflow });
  const first = await database.selectFrom('projects').select('id').executeTakeFirst();
  if (first === undefined) await seed(database, clock());

  const app = createApp(
    { platform, workflow, controls },
    { credentials, rateLimit: options.rateLimit ?? kiketRateLimit },
  );
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    ...controls,
    finishDue: async () => {
      await resumed;
      await queue.finishDue();
    },
    ...credentials,
    url,
    secret,
    extension,
    connect: (listensAt) => {
      setGuardian({ url: listensAt, trouble: null });
      resumed = queue.resume();
    },
    lose: (trouble) => setGuardian({ ...guardian, trouble }),
    close: async () => {
      await resumed;
      await queue.stop();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await database.destroy();
    },
  };
}

function randomText(): string {
  return randomBytes(18).toString('base64url');
}
