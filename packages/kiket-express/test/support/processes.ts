import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { fixtureFolder } from './folders.ts';

export { freePort } from './freePort.ts';

/** A command that ran to its end. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface Running {
  child: ChildProcessWithoutNullStreams;
  finished: Promise<Finished>;
  /** Waits until the output, standard or error, matches; throws all of it if the command ends first. */
  waitFor: (pattern: RegExp) => Promise<RegExpExecArray>;
}

/** What a command gets from this machine's environment, so that nobody's own settings change a test: git's from vitest.config.ts. */
const gits = Object.keys(process.env).filter((name) => name.startsWith('GIT_CONFIG_'));
const inherited = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', ...gits].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** A secret in `.env` is none of a test's: a variable that is there, and blank, goes before it. */
const noSecret = { KIKET_WEBHOOK_SECRET: '' };

/** How a command is started. */
export interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Whether all that it starts is killed with it, and has ended before the test has. */
  ownGroup?: boolean;
  /** Whether it gets a standard input to write to. */
  input?: boolean;
  /** As whom it runs, where this process may choose: with the id of user and group. */
  uid?: number | undefined;
}

/** Starts a command in the fixture's folder, or in another; it is killed when the test ends. */
export function start(
  command: string,
  args: readonly string[],
  { env = {}, cwd = fixtureFolder, ownGroup = false, input = false, uid }: StartOptions = {},
): Running {
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited, ...noSecret, ...env },
    detached: ownGroup,
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (!input) child.stdin.end();
  let [stdout, stderr] = ['', ''];
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  onTestFinished(async () => {
    if (!ownGroup) {
      child.kill('SIGKILL');
      return;
    }
    killGroup(child.pid);
    await Promise.allSettled([finished]);
  });
  const waitFor = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout + stderr);
        if (match === null) return;
        child.stdout.off('data', look);
        child.stderr.off('data', look);
        child.off('close', fail);
        resolve(match);
      };
      const fail = () => reject(new Error(`ended before ${String(pattern)}:\n${stdout}${stderr}`));
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('close', fail);
      look();
    });
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  return { child, finished, waitFor };
}

/** Kills a process and all of its group, if any of them is left. */
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
