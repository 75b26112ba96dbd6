import * as processes from '../../../kiket-express/test/support/processes.ts';
import { projectRoot } from './folders.ts';

export {
  freePort,
  type Finished,
  type Running,
  type StartOptions,
} from '../../../kiket-express/test/support/processes.ts';

/** Starts a command in the project's folder, or in another; it is killed when the test ends. */
export function start(
  command: string,
  args: readonly string[],
  options: processes.StartOptions = {},
): processes.Running {
  return processes.start(command, args, { cwd: projectRoot, ...options });
}

/** Runs a command to its end. */
export function run(...command: Parameters<typeof start>): Promise<processes.Finished> {
  return start(...command).finished;
}
