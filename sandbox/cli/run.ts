import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import dotenv from 'dotenv';
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox.ts';
import { CommandError } from './errors.ts';
import { startGuardian } from './guardian.ts';

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
  stop: () => Promise<void>;
}

/** Starts a sandbox that keeps its state, and a guardian unless one runs already. */
export async function startKept({ port, data, guardian, secret }: Place): Promise<Running> {
  const options = { port, database: resolve(data, 'sandbox.db') };
  if (guardian === undefined)
    return startBoth(options, { DATABASE_URL: `file:${resolve(data, 'sandbox-guardian.db')}` });
  dotenv.config({ quiet: true });
  const shared = secret ?? process.env['KIKET_WEBHOOK_SECRET'] ?? '';
  if (!URL.canParse(guardian))
    throw new CommandError(`--guardian ${guardian} is no URL. Write http://localhost:8080/webhook.`);
  if (shared === '')
    throw new CommandError(
      'A guardian that runs already needs --secret, or KIKET_WEBHOOK_SECRET in the environment or .env.',
    );
  const sandbox = await start({ ...options, secret: shared });
  sandbox.connect(guardian);
  return { sandbox, guardianUrl: guardian, stop: sandbox.close };
}

/** Waits before further attempts of a delivery for which somebody waits, in milliseconds. */
const shortDelaysMs = [200, 1_000];

/** Starts both in a folder that is deleted afterwards. */
export async function startFresh(settings: Readonly<Record<string, string>>): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kiket-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const running = await startBoth(
      { retryDelaysMs: shortDelaysMs },
      { ...settings, DATABASE_URL: `file:${join(folder, 'guardian.db')}` },
    );
    return { ...running, stop: () => running.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function startBoth(options: SandboxOptions, env: Readonly<Record<string, string>>): Promise<Running> {
  const sandbox = await start(options);
  try {
    const guardian = await startGuardian(sandbox, env);
    const stop = async () => {
      // What somebody has just done is delivered before anything ends; and the guardian still has something to tell Kiket.
      await sandbox.finishDue();
      await guardian.stop();
      await sandbox.close();
    };
    return { sandbox, guardianUrl: guardian.url, stop };
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
    if (!isTaken) throw error;
    throw new CommandError(`Port ${String(options.port)} is taken. Choose another one with --port.`, 1);
  }
}
