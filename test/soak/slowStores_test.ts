import { join } from 'node:path';
import Libsql from 'libsql';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/builtServer.ts';
import { deliver, press } from '../support/deliver.ts';
import { createOwnPostgres, denied, expectRecovery, look, startGuardian, unavailable } from '../support/outages.ts';

test('PostgreSQL that stands still and goes on', async () => {
  const postgres = await createOwnPostgres();
  const url = await startGuardian(postgres.database);
  await look(url);
  await deliver(url, press('revoke_approval'));
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
