import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readDotenv } from '../../src/dotenvFile.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox.ts';
import { CommandError } from './errors.ts';
import { startGuardian } from './guardian.ts';
import { keepGuardian } from './reload.ts';
import { watchGuardian } from './watch.ts';
import { lockFolder } from './lock.ts';
import { blankEnvironment, ownSettings } from './settings.ts';

/** Where things are, from the command line. */
export interface Place {
  port: number;
  /** The folder that keeps the state. */
  data: string;
  /** Where a guardian runs already; without one the sandbox starts its own. */
  guardian: string | undefined;
  /** The webhook secret of that guardian. */
  secret: string | undefined;
}

/** A sandbox and the guardian that it calls. */
export interface Running {
  sandbox: Sandbox;
  guardianUrl: string;
  /** How the guardian ended, as soon as it has; never if it was not started here. */
  guardianEnded: Promise<string>;
  /** Lets everything that is due be delivered, and ends both. */
  stop: () => Promise<void>;
}

/**
 * Starts a sandbox that keeps its state, and a guardian unless one runs already. One that is to `stay` notices when the
 * guardian is restarted, and restarts its own when somebody saves a file in `src/`.
 */
export async function startKept(place: Place, { stay = false }: { stay?: boolean } = {}): Promise<Running> {
  const { port, data, guardian } = place;
  const external = guardian === undefined ? undefined : { guardian, secret: readSecret(place) };
  const unlock = lockFolder(resolve(data), `http://127.0.0.1:${port}`);
  try {
    const options = { port, database: resolve(data, 'sandbox.db') };
    const running = await (external === undefined
      ? startBoth(
          { ...options, settings: ownSettings() },
          { DATABASE_URL: `file:${resolve(data, 'sandbox-guardian.db')}` },
          stay,
        )
      : startAlone({ ...options, secret: external.secret }, external.guardian));
    return { ...running, stop: () => running.stop().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The webhook secret of a guardian that runs already. */
function readSecret({ guardian = '', secret }: Place): string {
  const shared = secret ?? { ...readDotenv(), ...process.env }['KIKET_WEBHOOK_SECRET']?.trim() ?? '';
  if (!/^https?:/i.test(guardian) || !URL.canParse(guardian))
    throw new CommandError(`--guardian ${guardian} is no URL. Write http://localhost:8080/webhook.`);
  if (shared === '')
    throw new CommandError(
      'A guardian that runs already needs --secret, or KIKET_WEBHOOK_SECRET in the environment or .env.',
    );
  return shared;
}

async function startAlone(options: SandboxOptions, guardianUrl: string): Promise<Running> {
  const sandbox = await start(options);
  const unwatch = watchGuardian(sandbox, guardianUrl);
  const stop = async () => {
    await unwatch();
    await sandbox.finishDue();
    await sandbox.close();
  };
  return { sandbox, guardianUrl, guardianEnded: new Promise(() => {}), stop };
}

/** Waits before further attempts of a delivery for which somebody waits, in milliseconds. */
const shortDelaysMs = [200, 1_000];

/** Starts both in a folder that is deleted afterwards, and with these settings alone, whatever `.env` says. */
export async function startFresh(settings: Readonly<Record<string, string>>): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kiket-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const running = await startBoth(
      { retryDelaysMs: shortDelaysMs },
      { ...blankEnvironment(), ...settings, DATABASE_URL: `file:${join(folder, 'guardian.db')}` },
    );
    return { ...running, stop: () => running.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function startBoth(
  options: SandboxOptions,
  env: Readonly<Record<string, string>>,
  stay = false,
): Promise<Running> {
  const sandbox = await start(options);
  try {
    const guardian = await (stay ? keepGuardian(sandbox, env) : startGuardian(sandbox, env));
    const stop = async () => {
      // What somebody has just done is delivered before anything ends; and the guardian still has something to tell Kiket.
      await sandbox.finishDue();
      await guardian.stop();
      await sandbox.close();
    };
    return { sandbox, guardianUrl: guardian.url, guardianEnded: guardian.ended, stop };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await createSandbox(options);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (isDatabaseError(error)) {
      const what = `The sandbox cannot read its state in ${String(options.database)}: ${error.message}.`;
      throw new CommandError(`${what} Delete that file to begin anew, or name another folder with --data.`, 1);
    }
    if (!isTaken) throw error;
    throw new CommandError(`Port ${String(options.port)} is taken. Choose another one with --port.`, 1);
  }
}

function isDatabaseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}
