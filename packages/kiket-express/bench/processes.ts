import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';

/** Where a process runs: the server on one core and the load on another, if this machine can tell them apart. */
export type Core = 'server' | 'load';

/** Whether processes can be kept on one core each. */
export const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).error === undefined;

/** A process, and what it has said on standard error: nothing that anybody wants to read unless it fails. */
export interface Started {
  child: ChildProcess;
  said: () => string;
}

/** Starts a process on its core. Its output goes nowhere, as a log does that something else collects. */
export function startOn(core: Core, command: readonly string[], env: NodeJS.ProcessEnv): Started {
  const [file = '', ...args] = pinned(core, command);
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (text = `${text}${chunk}`.slice(-2_000)));
  return { child, said: () => text };
}

/** How long a process may take to end by itself, in milliseconds. */
const endWithinMs = 15_000;

/** Ends a process and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  await gone;
  clearTimeout(kill);
}

/** A command that runs on its core. */
export function pinned(core: Core, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '--cpu-list', core === 'server' ? '0' : '1', ...command] : command;
}
