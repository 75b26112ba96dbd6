import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, mira, moveToDone, press } from '../support/deliver.ts';
import {
  allWell,
  createOwnPostgres,
  denied,
  expectRecovery,
  look,
  startGuardian,
  unavailable,
} from '../support/outages.ts';
import { runSql } from '../support/postgres.ts';

// Databases that are slow rather than gone: test/soak/slowStores_test.ts.

describe('PostgreSQL', () => {
  test('that crashes and comes back', async () => {
    const postgres = await createOwnPostgres();
    const url = await startGuardian(postgres.database);
    expect(await deliver(url, moveToDone())).toMatchObject({ body: { status: 'pending' } });

    await postgres.stop();
    expect(await look(url)).toMatchObject({ ready: 503, guard: denied, action: unavailable });
    await postgres.start();
    await expectRecovery(url);
    const report = await deliver(url, press('guardian_report', mira));
    // What was decided while there was no database is not lost.
    expect((report.body['data'] as { deny: number }).deny).toBeGreaterThanOrEqual(1);
  });

  test('that can be read and not written, as when its disk is full', async () => {
    const postgres = await createOwnPostgres();
    const url = await startGuardian(postgres.database);
    const makeReadOnly = async (value: 'on' | 'off') => {
      await runSql(postgres.database, `alter system set default_transaction_read_only = ${value}`);
      await runSql(postgres.database, 'select pg_reload_conf()');
    };
    await makeReadOnly('on');
    await expect
      .poll(() => look(url))
      .toMatchObject({ ready: 503, guard: { status: 200, body: { status: 'pending' } }, action: unavailable });
    await makeReadOnly('off');
    await expectRecovery(url);
  });
});

describe('a SQLite file', () => {
  // Linux can give a running process a smaller and then a larger limit for its files.
  test.runIf(process.platform === 'linux')('on a disk that is full and then is not', async () => {
    const { url, child } = await startBuilt();
    const limitFiles = (bytes: string) => spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`]);
    expect(await deliver(url, press('approve_transition', mira))).toMatchObject(allWell.action);
    expect(limitFiles('8192').status).toBe(0);
    await expect.poll(() => look(url)).toMatchObject({ ready: 503, action: unavailable });
    limitFiles('unlimited');
    await expectRecovery(url);
  });
});
