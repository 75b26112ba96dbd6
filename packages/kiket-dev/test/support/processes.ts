import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { projectRoot } from './folders.ts';

/** A command that ran to its end. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What a command gets from this machine's environment, so that nobody's own settings change a test: git's from vitest.config.ts. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(?:PATH|HOME|TMPDIR|SystemRoot|GIT_CONFIG_\w+)$/.test(name)),
);

/** How a command is started. */
export interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Whether all that it starts is killed with it, and has ended before the test has. */
  ownGroup?: boolean;
  /** As whom it runs, where this process may choose: with the id of user and group. */
  uid?: number | undefined;
}

/** Starts a command in the project's folder, or in another; it is killed when the test ends. */
export function start(
  command: string,
  args: readonly string[],
  { env = {}, cwd = projectRoot, ownGroup = false, uid }: StartOptions = {},
) {
  const child = spawn(command, args, {
    cwd,
    // A secret in `.env` is none of a test's: a variable that is there, and blank, goes before it.
    env: { ...inherited, KIKET_WEBHOOK_SECRET: '', ...env },
    detached: ownGroup,
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const finished: Promise<Finished> = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => ({ code: code as number | null, stdout, stderr }),
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (!ownGroup) return;
    killGroup(child.pid);
    await Promise.allSettled([finished]);
  });
  /** Waits until the output, standard or error, matches; throws all of it if the command ends first. */
  const waitFor = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(printed);
        if (match === null) return;
        for (const stream of [child.stdout, child.stderr]) stream.off('data', look);
        child.off('close', fail);
        resolve(match);
      };
      const fail = () => reject(new Error(`ended before ${String(pattern)}:\n${printed}`));
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      child.once('close', fail);
      look();
    });
  return { child, finished, waitFor };
}

/** A command that runs. */
export type Running = ReturnType<typeof start>;

/** Kills all of a group, if any of them is left. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs a command to its end. */
export function run(...command: Parameters<typeof start>): Promise<Finished> {
  return start(...command).finished;
}

/** A port that nobody listens on, out of the range from which systems give ports to others meanwhile. */
export async function freePort(): Promise<string> {
  const port = randomInt(10_000, 30_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return freePort();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return String(port);
}
