import { run } from './processes.ts';

/** Runs a command of kiket-dev whose output nobody reads. Its exit code is the one line of its output. */
export const runUnread = (command: string) =>
  run('bash', ['-c', `npx kiket-dev ${command} | true; echo "\${PIPESTATUS[0]}"`]);
