import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open.ts';
import { createOwnPostgres } from '../support/outages.ts';
import { createPostgresDatabase, openConnection, runSql } from '../support/postgres.ts';

const now = new Date('2026-03-02T12:00:00Z');
const events = { onRepeat: () => {}, onTrouble: () => {} };

async function open(url: string): Promise<Database> {
  const database = await openDatabase(url, { onTrouble: () => {} });
  onTestFinished(() => database.destroy());
  return database;
}

/** Which connection of the server answers. */
async function ask(database: Database): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database);
  return rows[0]?.pid ?? 0;
}

describe('a connection to PostgreSQL', () => {
  test('is used again, but not when it is older than five minutes', async () => {
    const { url } = await createPostgresDatabase();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const database = await open(url);
    const used: number[] = [];
    // Often enough that it is never idle for long.
    for (let seconds = 0; seconds <= 305; seconds += 5) {
      used.push(await ask(database));
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(new Set(used.slice(0, 60)).size).toBe(1);
    expect(used.at(-1)).not.toBe(used[0]);
  });

  test('is not used again when its server has become read-only, and neither are those that were there with it', async () => {
    const postgres = await createOwnPostgres();
    const store = await openStore(postgres.database, events);
    onTestFinished(() => store.close());
    await Promise.all(Array.from({ length: 10 }, () => store.ping(now)));
    // From now on those connections can't write, and new ones can, as when another server has the address.
    await runSql(postgres.database, 'alter database postgres set default_transaction_read_only = off');
    await runSql(postgres.database, 'alter system set default_transaction_read_only = on');
    await runSql(postgres.database, 'select pg_reload_conf()');
    const write = () =>
      store.ping(now).then(
        () => 'written',
        ({ cause }: Error) => (cause as { code?: string }).code,
      );
    await expect.poll(write).toBe('25006');
    expect(await Promise.all(Array.from({ length: 10 }, write))).toEqual(Array(10).fill('written'));
  });

  test('that gets no answer while a store opens is given up, so that the next one can be opened', async () => {
    const { url } = await createPostgresDatabase();
    await (await openStore(url, events)).close();
    const lock = await openConnection(url, 'begin; lock table kysely_migration in access exclusive mode');
    await expect(openStore(url, events)).rejects.toThrow(/statement timeout/);
    await lock.query('rollback');
    await (await openStore(url, events)).close();
  });
});

test('approvals of one day leave the names that they share alone, so that they never deadlock', async () => {
  const { url } = await createPostgresDatabase();
  const store = await openStore(url, events);
  onTestFinished(() => store.close());
  const place = { organization: '3', subdomain: 'subdomain:acme', projectId: '7', projectKey: 'ORD' };
  const mira = ['id:19', 'email:mira@example.com'];
  await store.approvals.give({ ...place, id: '42', key: 'ORD-42' }, mira, now);
  await openConnection(url, 'begin; select * from aliases for update; select * from people for update');
  expect(await store.approvals.give({ ...place, id: '43', key: 'ORD-43' }, mira, now)).toHaveLength(1);
});

test.each(['40001', '40P01'])(
  'a write that PostgreSQL ends for the sake of another one, with %s, is tried again',
  async (code) => {
    const { url } = await createPostgresDatabase();
    const { approvals, close } = await openStore(url, events);
    onTestFinished(close);
    const issue = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };
    const given = await approvals.give(issue, ['id:19'], now);
    await runSql(
      url,
      `create sequence writes;
    create function fail_first() returns trigger language plpgsql as $$ begin
      if nextval('writes') in (1, 3) then raise exception using errcode = '${code}'; end if;
      return new;
    end $$;
    create trigger fail_first before update on approvals for each row execute function fail_first()`,
    );
    const bind = () => approvals.bind(given, 'done', now);
    expect([await bind(), await bind(), await approvals.revoke(issue, ['id:19'], now)]).toEqual([false, true, 1]);
  },
);

test.each(['repeatable read', 'serializable'])(
  'a database whose transactions are %s is set up by whichever of many instances starts first',
  async (isolation) => {
    const { url, run } = await createPostgresDatabase();
    await run(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = '${isolation}'`);
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(url, events)));
    onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))));
    await expect(Promise.all(stores.map((store) => store.ping(now)))).resolves.toHaveLength(5);
  },
);

test.each(['lock_timeout', 'statement_timeout'])(
  'an instance waits for the one that sets the database up, even with a short %s',
  async (limit) => {
    const { url, run } = await createPostgresDatabase();
    const other = await openConnection(url, 'select pg_advisory_lock(3853314791062309107)');
    await run(`alter database ${new URL(url).pathname.slice(1)} set ${limit} = '100ms'`);
    const opening = openStore(url, events);
    await wait(300);
    await other.end();
    await expect(opening.then((store) => store.close())).resolves.toBeUndefined();
  },
);

test.each(['LATIN1', 'SQL_ASCII', 'EUC_JP'])(
  'a database that stores text as %s is named, because not every name would fit',
  async (encoding) => {
    const server = inject('postgresUrl');
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    const made = `create database ${name} encoding '${encoding}' template template0 lc_collate 'C' lc_ctype 'C'`;
    await runSql(`${server}/postgres`, made);
    await expect(openStore(`${server}/${name}`, events)).rejects.toMatchObject({
      name: 'SetupError',
      problems: [expect.stringContaining(`encoding is ${encoding}`)],
    });
  },
);

test('a database that confirms what a crash would lose is refused', async () => {
  const { url, run } = await createPostgresDatabase();
  await run(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
  await expect(openStore(url, events)).rejects.toMatchObject({
    name: 'SetupError',
    problems: [expect.stringContaining('synchronous_commit is off')],
  });
});

test('decisions that cannot be written keep nobody waiting who reads them', async () => {
  const { url } = await createPostgresDatabase();
  const store = await openStore(url, events);
  onTestFinished(() => store.close());
  const other = await openConnection(url, 'begin; lock table decisions in exclusive mode');
  const issue = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };
  const decision = { issue, event: '', keys: [], status: 'deny', failure: undefined, reasons: [] } as const;
  store.decisions.record({ ...decision, from: 'review', to: 'done', decidedAt: now });
  const written = store.settle().then(() => 'written');
  expect(await Promise.race([written, store.decisions.waiting(issue, now)])).toMatchObject({ moves: [] });
  await other.query('rollback');
});
