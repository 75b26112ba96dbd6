import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from 'kiket-express/manifest';
import { readEnvironment, UsageError, type Io } from '../../commandLine.ts';
import { requireRoot } from '../../project.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox.ts';
import type { ExtensionOptions, StartExtension } from './extensionProcess.ts';
import { keepExtension } from './reload.ts';
import { watchExtension } from './watch.ts';
import { blankEnvironment, ownSettings } from './settings.ts';

/** Locations from the command line. */
export interface Place {
  port: number;
  /** The folder for the state; `data/` in the project by default. */
  data: string | undefined;
  /** The URL of a running extension; without one, the sandbox starts its own. */
  extension: string | undefined;
  /** The webhook secret of that extension. */
  secret: string | undefined;
}

/** A sandbox's environment: how to start an extension next to it, and the command's environment. */
export interface Surroundings {
  io: Io;
  startExtension: StartExtension;
}

/** A sandbox and the extension that it calls. */
export interface Running {
  sandbox: Sandbox;
  extensionUrl: string;
  /** Resolves to how the extension ended; never, if it wasn't started here. */
  extensionEnded: Promise<string>;
  /** Delivers everything that is due, and ends both. */
  stop: () => Promise<void>;
}

/**
 * Starts a sandbox that keeps its state, and an extension unless one is running. With `stay`, it notices when the
 * extension restarts, and restarts its own when a file in `src/` is saved.
 */
export async function startKept(place: Place, around: Surroundings & { stay?: boolean }): Promise<Running> {
  const { port, extension } = place;
  const root = requireRoot(around.io.cwd);
  const { data = join(root, 'data') } = place;
  const external = extension === undefined ? undefined : { extension, secret: readSecret(place, around.io) };
  requireFolder(data);
  const options = { root, port, database: join(data, 'sandbox.db') };
  if (external !== undefined) return startAlone({ ...options, secret: external.secret }, external.extension);
  return startBoth(
    { ...options, settings: ownSettings(root, around.io) },
    { ...around, root, env: { DATABASE_URL: `file:${join(data, 'extension.db')}` } },
  );
}

function requireFolder(folder: string): void {
  try {
    makeFolder(folder);
    // The slash makes this fail for a file.
    accessSync(`${folder}/`, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Can't write state to ${folder}. Choose another folder with --data. (${reason})`, { cause: error });
  }
}

/** The webhook secret of a running extension. */
function readSecret({ extension = '', secret }: Place, io: Io): string {
  const shared = secret ?? readEnvironment(io)['KIKET_WEBHOOK_SECRET']?.trim() ?? '';
  if (!/^https?:/i.test(extension) || !URL.canParse(extension))
    throw new UsageError(`Invalid --extension ${extension}. Write a URL such as http://localhost:8080/webhook.`);
  if (shared === '')
    throw new UsageError('--extension requires --secret, or KIKET_WEBHOOK_SECRET in the environment or .env.');
  return shared;
}

async function startAlone(options: SandboxOptions, extensionUrl: string): Promise<Running> {
  const sandbox = await start(options);
  const unwatch = watchExtension(sandbox, extensionUrl);
  const stop = async () => {
    await unwatch();
    await sandbox.finishDue();
    await sandbox.close();
  };
  return { sandbox, extensionUrl, extensionEnded: new Promise(() => {}), stop };
}

/** Delays between attempts of a delivery that a person waits for, in milliseconds. */
const shortDelaysMs = [200, 1_000];

/** Starts both in a temporary folder with only these settings, whatever `.env` says. */
export async function startFresh(settings: Readonly<Record<string, string>>, around: Surroundings): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kiket-sandbox-'));
  const root = requireRoot(around.io.cwd);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const running = await startBoth(
      { root, retryDelaysMs: shortDelaysMs },
      {
        ...around,
        root,
        // There's no `.env`.
        cwd: folder,
        env: { ...blankEnvironment(root), ...settings, DATABASE_URL: `file:${join(folder, 'extension.db')}` },
      },
    );
    return { ...running, stop: () => running.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function startBoth(
  options: SandboxOptions,
  { startExtension, stay = false, ...how }: Surroundings & ExtensionOptions & { stay?: boolean },
): Promise<Running> {
  const sandbox = await start(options);
  try {
    const extension = await (stay
      ? keepExtension(sandbox, { ...how, start: startExtension })
      : startConnected(sandbox, startExtension, how));
    const stop = async () => {
      // Pending deliveries are sent before anything ends, while the extension can still call Kiket.
      await sandbox.finishDue();
      await extension.stop();
      await sandbox.close();
    };
    return { sandbox, extensionUrl: extension.url, extensionEnded: extension.ended, stop };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function startConnected(sandbox: Sandbox, startExtension: StartExtension, options: ExtensionOptions) {
  const extension = await startExtension(sandbox, options);
  sandbox.connect(extension.url);
  return extension;
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await createSandbox(options);
  } catch (error) {
    const why = explain(error, options);
    throw why === undefined ? error : new Error(why, { cause: error });
  }
}

/** What is wrong with the place of a sandbox, if that is why it can't start. */
function explain(error: unknown, { port, database = '' }: SandboxOptions): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const code = String(error.code);
  if (code === 'EADDRINUSE') return `Port ${String(port)} is in use. Choose another port with --port.`;
  if (code === 'SQLITE_BUSY')
    return `A sandbox is already running in ${dirname(database)}. Stop it, or choose another folder with --data.`;
  if (!code.startsWith('SQLITE_')) return undefined;
  const what = `The sandbox can't read its state in ${database}: ${error.message}.`;
  return `${what} Delete that file to start over, or choose another folder with --data.`;
}
