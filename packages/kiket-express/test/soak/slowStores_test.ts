import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { isFull } from '../support/fullTests.ts';
import { deliver, moveToDone, noor, press } from '../support/deliver.ts';
import {
  allWell,
  createOwnPostgres,
  denied,
  expectRecovery,
  look,
  startGuardian,
  unavailable,
} from '../support/outages.ts';
import { createPostgresDatabase, openConnection, runSql } from '../support/postgres.ts';
import { startProxy } from '../support/proxy.ts';

/** Which lock of PostgreSQL instances take to change the tables. */
const kyselyMigrationLock = '3853314791062309107';

test('PostgreSQL that hangs and recovers', async () => {
  const postgres = await createOwnPostgres();
  const url = await startGuardian(postgres.database);
  await Promise.all([deliver(url, moveToDone()), deliver(url, moveToDone(43)), deliver(url, moveToDone(44))]);
  await postgres.freeze();
  expect(await look(url)).toMatchObject({ ready: 503, guard: denied, action: unavailable });
  postgres.thaw();
  await expectRecovery(url);
});

test.runIf(isFull)('PostgreSQL of which somebody holds a table', async () => {
  const postgres = await createOwnPostgres();
  const url = await startGuardian(postgres.database);
  const other = await openConnection(
    postgres.database,
    'begin; lock table approvals, deliveries, probes in access exclusive mode',
  );
  // Over a connection of its own, because a transaction sees the same activity all the time.
  const countWaiting = async () =>
    (await runSql(postgres.database, "select pid from pg_stat_activity where wait_event_type = 'Lock'")).rows.length;
  const seen = look(url);
  await expect.poll(countWaiting).toBeGreaterThan(2);
  expect(await seen).toMatchObject({ ready: 503, guard: denied, action: unavailable });
  // They end on the server as well, while the table is still held: else they would pile up there.
  await expect.poll(countWaiting, { timeout: 20_000 }).toBe(0);
  await other.query('rollback');
  await expectRecovery(url);
});

test.runIf(isFull)(
  'PostgreSQL that moves to another machine: open connections fall silent, and new ones work',
  async () => {
    const { url: database } = await createPostgresDatabase();
    const proxy = await startProxy(Number(new URL(database).port));
    const throughProxy = new URL(database);
    throughProxy.port = String(proxy.port);
    const url = await startGuardian(throughProxy.href);
    // As many connections as the guardian opens, so that each of them falls silent.
    const presses = Array.from({ length: 50 }, (_each, issue) =>
      deliver(url, press('approve_transition', noor, issue + 1)),
    );
    for (const pressed of await Promise.all(presses)) expect(pressed).toMatchObject(allWell.action);

    expect(proxy.silence()).toBeGreaterThan(1);
    expect(await look(url)).toMatchObject({ ready: 503, guard: denied, action: unavailable });
    // Fifteen at a time need all connections, so that none of them is a silent one.
    const lookHard = () => Promise.all(Array.from({ length: 5 }, () => look(url)));
    await expect
      .poll(lookHard, { timeout: 30_000, interval: 100 })
      .toMatchObject(Array.from({ length: 5 }, () => allWell));
    expect(await deliver(url, moveToDone())).toMatchObject({ status: 200, body: { status: 'allow' } });
  },
);

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
    deliver(url, press('approve_transition', undefined, index + 1)),
  );
  expect(await deliver(url, moveToDone())).toMatchObject({ status: 200, body: { status: 'pending' } });
  for (const answer of await Promise.all(approvals)) expect(answer).toMatchObject(unavailable);
  other.close();
  await expectRecovery(url);
});

test('an instance that starts waits for another one that changes the tables for longer than a statement may take', async () => {
  const { url } = await createPostgresDatabase();
  const other = await openConnection(url, `begin; select pg_advisory_xact_lock(${kyselyMigrationLock})`);
  const starting = startGuardian(url);
  const waits = `select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and clock_timestamp() - query_start > interval '3.5 s'`;
  await expect.poll(async () => (await runSql(url, waits)).rows.length, { timeout: 10_000 }).toBe(1);
  await other.end();
  expect(await deliver(await starting, moveToDone())).toMatchObject({ status: 200, body: { status: 'pending' } });
});
