import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readEnvironment, UsageError, type Io } from '../../commandLine.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox.ts';
import type { GuardianOptions, StartGuardian } from './guardian.ts';
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

/** What a sandbox runs in: how a guardian is started beside it, and the world around the command. */
export interface Surroundings {
  io: Io;
  startGuardian: StartGuardian;
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
export async function startKept(place: Place, around: Surroundings & { stay?: boolean }): Promise<Running> {
  const { port, guardian } = place;
  const data = resolve(around.io.cwd, place.data);
  const external = guardian === undefined ? undefined : { guardian, secret: readSecret(place, around.io) };
  const unlock = lockFolder(data, `http://127.0.0.1:${port}`);
  try {
    const options = { port, database: join(data, 'sandbox.db') };
    const running = await (external === undefined
      ? startBoth(
          { ...options, settings: ownSettings(around.io) },
          { ...around, env: { DATABASE_URL: `file:${join(data, 'sandbox-guardian.db')}` } },
        )
      : startAlone({ ...options, secret: external.secret }, external.guardian));
    return { ...running, stop: () => running.stop().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The webhook secret of a guardian that runs already. */
function readSecret({ guardian = '', secret }: Place, io: Io): string {
  const shared = secret ?? readEnvironment(io)['KIKET_WEBHOOK_SECRET']?.trim() ?? '';
  if (!/^https?:/i.test(guardian) || !URL.canParse(guardian))
    throw new UsageError(`--guardian ${guardian} is no URL. Write http://localhost:8080/webhook.`);
  if (shared === '')
    throw new UsageError(
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
export async function startFresh(settings: Readonly<Record<string, string>>, around: Surroundings): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kiket-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const running = await startBoth(
      { retryDelaysMs: shortDelaysMs },
      {
        ...around,
        env: { ...blankEnvironment(), ...settings, DATABASE_URL: `file:${join(folder, 'guardian.db')}` },
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
  { startGuardian, stay = false, ...how }: Surroundings & GuardianOptions & { stay?: boolean },
): Promise<Running> {
  const sandbox = await start(options);
  try {
    const guardian = await (stay
      ? keepGuardian(sandbox, { ...how, start: startGuardian })
      : startConnected(sandbox, startGuardian, how));
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

async function startConnected(sandbox: Sandbox, startGuardian: StartGuardian, options: GuardianOptions) {
  const guardian = await startGuardian(sandbox, options);
  sandbox.connect(guardian.url);
  return guardian;
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await createSandbox(options);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (isDatabaseError(error)) {
      const what = `The sandbox cannot read its state in ${String(options.database)}: ${error.message}.`;
      throw new Error(`${what} Delete that file to begin anew, or name another folder with --data.`, { cause: error });
    }
    if (!isTaken) throw error;
    throw new Error(`Port ${String(options.port)} is taken. Choose another one with --port.`, { cause: error });
  }
}

function isDatabaseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_');
}
