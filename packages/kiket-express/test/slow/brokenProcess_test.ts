import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, press } from '../support/deliver.ts';
import { secret } from '../support/guardian.ts';
import { createPostgresDatabase, openConnection, runSql } from '../support/postgres.ts';

/** Code that runs before the server, and breaks outside of every handler at a signal. */
function breakAtSignal(code: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => { ${code} });`)}`;
}

test.each([
  ['an exception', `throw new Error('the secret is ${secret}')`],
  ['a rejection', `Promise.reject(new Error('the secret is ${secret}'))`],
  ["what isn't an error", `throw 'the secret is ${secret}'`],
])('%s that nobody handles: what is in progress is answered, and the process ends with 1', async (_what, code) => {
  const { url: database } = await createPostgresDatabase();
  const server = await startBuilt({ DATABASE_URL: database, NODE_OPTIONS: breakAtSignal(code) });
  const lock = await openConnection(database, 'begin; lock table approvals in access exclusive mode');
  const approvals = Array.from({ length: 3 }, () => deliver(server.url, press('approve_transition')));
  const waiting = `select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query not ilike 'delete%'`;
  await expect.poll(async () => (await runSql(database, waiting)).rows.length).toBe(3);

  server.child.kill('SIGUSR2');
  await server.waitFor(/"level":"fatal"/);
  // A signal makes it no better.
  server.child.kill('SIGTERM');
  await lock.query('rollback');
  for (const approval of approvals) expect(await approval).toMatchObject({ status: 200, body: { status: 'success' } });
  const { code: exitCode, stdout, stderr } = await server.finished;
  expect(exitCode).toBe(1);
  expect(stdout).toContain('the secret is [redacted]');
  expect(stdout + stderr).not.toContain(secret);
  expect(stdout.trim().split('\n').at(-1)).toContain('"msg":"stopped"');
});
