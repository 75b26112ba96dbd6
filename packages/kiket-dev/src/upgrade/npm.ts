import { spawnSync } from 'node:child_process';

/** Runs npm in a folder and returns what it prints. Throws an error with npm's own words if it fails. */
export type RunNpm = (args: readonly string[], cwd: string) => string;

/** Runs the npm on the PATH. */
export const npm: RunNpm = (args, cwd) => {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed:\n${stderr.trim()}`);
  return stdout;
};
