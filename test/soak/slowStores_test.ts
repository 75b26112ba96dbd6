import { join } from 'node:path';
import Libsql from 'libsql';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/builtServer.ts';
import { deliver, moveToDone, press } from '../support/deliver.ts';
import { createPostgresDatabase, runSql } from '../support/postgres.ts';
import { createOwnPostgres, denied, expectRecovery, look, startGuardian, unavailable } from '../support/outages.ts';

/** Which lock of PostgreSQL instances take to change the tables. */
const kyselyMigrationLock = '3853314791062309107';

test('PostgreSQL that stands still and goes on', async () => {
  const postgres = await createOwnPostgres();
  const url = await startGuardian(postgres.database);
  await Promise.all([deliver(url, moveToDone()), deliver(url, moveToDone(43)), deliver(url, moveToDone(44))]);
  await postgres.freeze();
  expect(await look(url)).toMatchObject({ ready: 503, guard: denied, action: unavailable });
  postgres.thaw();
  await expectRecovery(url);
});

test('PostgreSQL of which somebody holds a table', async () => {
  const postgres = await createOwnPostgres();
  const url = await startGuardian(postgres.database);
  const other = new Client({ connectionString: postgres.database });
  await other.connect();
  await other.query('begin; lock table approvals, deliveries, probes in access exclusive mode');
  expect(await look(url)).toMatchObject({ ready: 503, guard: denied, action: unavailable });
  await other.end();
  await expectRecovery(url);
});

test('a SQLite file that somebody else keeps locked can still be read', async () => {
  const path = join(temporaryFolder(), 'guardian.db');
  const url = await startGuardian(`file:${path}`);
  const other = new Libsql(path);
  other.exec('begin immediate');
  const pending = { status: 200, body: { status: 'pending' } };
  expect(await look(url)).toMatchObject({ ready: 503, guard: pending, action: unavailable });
  other.exec('rollback');
  other.close();
  await expectRecovery(url);
});

test('ten approvals that wait for a locked SQLite file do not make a guard too late', async () => {
  const path = join(temporaryFolder(), 'guardian.db');
  const url = await startGuardian(`file:${path}`);
  const other = new Libsql(path);
  other.exec('begin immediate');
  const approvals = Array.from({ length: 10 }, (_each, index) =>
    deliver(url, press('approve_transition', undefined, index)),
  );
  expect(await deliver(url, moveToDone())).toMatchObject({ status: 200, body: { status: 'pending' } });
  for (const answer of await Promise.all(approvals)) expect(answer).toMatchObject(unavailable);
  other.close();
  await expectRecovery(url);
});

test('an instance that starts waits for another one that changes the tables for longer than a statement may take', async () => {
  const { url } = await createPostgresDatabase();
  const other = new Client({ connectionString: url });
  await other.connect();
  await other.query(`begin; select pg_advisory_xact_lock(${kyselyMigrationLock})`);
  const starting = startGuardian(url);
  const waits = `select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and clock_timestamp() - query_start > interval '3.5 s'`;
  await expect.poll(async () => (await runSql(url, waits)).rows.length, { timeout: 10_000 }).toBe(1);
  await other.end();
  expect(await deliver(await starting, moveToDone())).toMatchObject({ status: 200, body: { status: 'pending' } });
});
