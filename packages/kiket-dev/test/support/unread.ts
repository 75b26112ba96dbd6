import { run } from '../../../kiket-express/test/support/processes.ts';

/** Runs a command whose output nobody reads. Its exit code is the one line of its output. */
export const runUnread = (command: string) =>
  run('bash', ['-c', `npx tsx ${command} | true; echo "\${PIPESTATUS[0]}"`]);
