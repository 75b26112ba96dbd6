import { spawnSync } from 'node:child_process';

/** Runs npm in a folder and returns what it prints. Throws an error with npm's own words if it fails. */
export type RunNpm = (args: readonly string[], cwd: string) => string;

/** Runs the npm on the PATH. Ctrl-C ends npm, which then counts as failed, so that its caller can undo what it began. */
export const npm: RunNpm = (args, cwd) => {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const ignore = () => {};
  for (const each of signals) process.on(each, ignore);
  const { status, error, signal, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  for (const each of signals) process.off(each, ignore);
  if (status !== 0)
    throw new Error(`npm ${args[0]} failed:\n${error?.message ?? (stderr.trim() || stdout.trim() || signal)}`);
  return stdout;
};
