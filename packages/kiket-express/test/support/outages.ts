import { expect, inject, onTestFinished } from 'vitest';
import { startServer } from '../../src/server/server.ts';
import { project } from '../fixture/src/project.ts';
import { deliver, moveToDone, press } from './deliver.ts';
import { secret } from './guardian.ts';
import { createPostgres } from './postgres.ts';

/*
 * A real database that goes away, stands still or is full under a server that runs. The guard answers by the failure
 * policy in time, everything else says that it should be delivered again, and all is well when the database is.
 */

/** A guardian in this process over a database. Returns its address. */
export async function startGuardian(databaseUrl: string, env: Record<string, string> = {}) {
  const HOST = '127.0.0.1';
  const server = await startServer(
    project,
    {
      DATABASE_URL: databaseUrl,
      HOST,
      KIKET_SDK_TELEMETRY_OPTOUT: '1',
      KIKET_WEBHOOK_SECRET: secret,
      LOG_LEVEL: 'silent',
      PORT: '0',
      ...env,
    },
    { destination: { write: () => {} } },
  );
  onTestFinished(() => server.stop());
  return `http://127.0.0.1:${server.port}`;
}

/** What a load balancer and Kiket see at this moment. */
export async function look(url: string) {
  const [ready, guard, action] = await Promise.all([
    fetch(`${url}/readyz`),
    deliver(url, moveToDone()),
    deliver(url, press('approve_transition')),
  ]);
  return { ready: ready.status, guard, action };
}

/** What {@link look} sees when the database cannot be used. */
export const denied = { status: 200, body: { status: 'deny', metadata: { failure: 'store_unavailable' } } };
export const unavailable = { status: 503, body: { error: { code: 'store_unavailable' } } };
export const allWell = { ready: 200, action: { status: 200, body: { status: 'success' } } };

/** Waits until everything works again, and asks the guard once more: it sees the approval that was given. */
export async function expectRecovery(url: string) {
  await expect.poll(() => look(url), { timeout: 15_000, interval: 100 }).toMatchObject(allWell);
  expect(await deliver(url, moveToDone())).toMatchObject({ status: 200, body: { status: 'allow' } });
}

/** A PostgreSQL server of the test's own, because other tests need theirs. */
export async function createOwnPostgres() {
  const postgres = await createPostgres(inject('postgresNative'));
  onTestFinished(() => postgres.remove());
  return { ...postgres, database: `${postgres.url}/postgres` };
}
