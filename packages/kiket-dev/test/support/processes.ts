import {
  start as startAnywhere,
  type Finished,
  type Running,
  type StartOptions,
} from '../../../kiket-express/test/support/processes.ts';
import { projectRoot } from './folders.ts';

export { freePort } from '../../../kiket-express/test/support/processes.ts';
export type { Finished, Running };

/** Starts a command in the project's folder, or in another; it is killed when the test ends. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Running {
  return startAnywhere(command, args, { cwd: projectRoot, ...options });
}

/** Runs a command to its end. */
export function run(...command: Parameters<typeof start>): Promise<Finished> {
  return start(...command).finished;
}
