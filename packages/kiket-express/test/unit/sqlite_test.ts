import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import Libsql from 'libsql';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createReadiness } from '../../src/server/readiness.ts';
import { openStore } from '../../src/store/open.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createGuardian } from '../support/guardian.ts';

const noon = new Date('2026-03-02T12:00:00Z');
const issue = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };
const give = (store: Store) => store.approvals.give(issue, ['id:23'], noon);

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function open(path: string): Promise<Store> {
  const store = await openStore(`file:${path}`, { onRepeat: () => {}, onTrouble: () => {} });
  onTestFinished(() => store.close());
  return store;
}

test('a transaction that SQLite has ended itself fails with what went wrong in it', async () => {
  const database = new Kysely({ dialect: await openSqlite(':memory:') });
  onTestFinished(() => database.destroy());
  const failing = database.transaction().execute(async (transaction) => {
    await sql`rollback`.execute(transaction);
    throw new Error('The disk is full.');
  });
  await expect(failing).rejects.toThrow('The disk is full.');
  await expect(
    database.transaction().execute((transaction) => sql`select 1`.execute(transaction)),
  ).resolves.toBeDefined();
});

describe('a SQLite file', () => {
  test.each([0o000, 0o022, 0o077, 0o277])('only its owner can read, with a umask of %o', async (umask) => {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    const path = join(folder, 'guardian.db');
    await give(await open(path));
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    expect(modes).toEqual(['', '-shm', '-wal'].map((suffix) => [`guardian.db${suffix}`, 0o600]));
  });

  test("that others could read becomes its owner's only", async () => {
    const path = join(folder, 'guardian.db');
    await give(await open(path));
    // As it is left by a process that was killed.
    const copy = join(folder, 'copy.db');
    for (const suffix of ['', '-wal']) {
      copyFileSync(path + suffix, copy + suffix);
      chmodSync(copy + suffix, 0o664);
    }
    const store = await open(copy);
    expect(await store.approvals.list(issue)).toHaveLength(1);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(copy + suffix).mode & 0o777).toBe(0o600);
  });

  test('is never a folder, which then keeps its mode', async () => {
    chmodSync(folder, 0o755);
    await expect(open(folder)).rejects.toThrow("can't be opened");
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  test('is one file with everything in it after a clean stop', async () => {
    const path = join(folder, 'guardian.db');
    const store = await open(path);
    await give(store);
    expect(existsSync(`${path}-wal`)).toBe(true);
    await store.close();
    expect(readdirSync(folder)).toEqual(['guardian.db']);
    const rows = new Libsql(path, { readonly: true }).prepare('select approver from approvals').all([]);
    expect(rows).toEqual([{ approver: '["id:23"]' }]);
  });

  test('is left as it is by a stop while somebody else uses it', async () => {
    const path = join(folder, 'guardian.db');
    const [store, other] = [await open(path), await open(path)];
    await give(store);
    await store.close();
    expect(await other.approvals.list(issue)).toHaveLength(1);
    expect(await other.approvals.give(issue, ['id:24'], noon)).toHaveLength(2);
  });

  test('that another process has locked is written when it is free, and read and written as ever from then on', async () => {
    const path = join(folder, 'guardian.db');
    const [store, other] = [await open(path), await open(path)];
    const locking = new Libsql(path);
    onTestFinished(() => void locking.close());
    locking.exec('begin immediate');
    const learning = store.names.learn(undefined, ['id:23', 'email:noor@example.com'], noon);
    await nextTurn();
    locking.exec('rollback');
    await expect(learning).resolves.toBeUndefined();
    const given = await give(other);
    expect(await store.approvals.list(issue)).toHaveLength(1);
    expect(await store.approvals.bind(given, 'done', noon)).toBe(true);
    expect(await other.approvals.list(issue)).toMatchObject([{ boundTo: 'done' }]);
  });

  test('whose index another process repairs is read after that, by the statement that found it locked', async () => {
    const store = await open(join(folder, 'guardian.db'));
    await give(store);
    const other = new Libsql(':memory:');
    onTestFinished(() => void other.close());
    const statements = Object.getPrototypeOf(other.prepare('select 1')) as Libsql.Statement;
    const all = vi.spyOn(statements, 'all').mockImplementationOnce(() => {
      throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY_RECOVERY' });
    });
    onTestFinished(() => all.mockRestore());
    expect(await store.approvals.list(issue)).toHaveLength(1);
    expect(all.mock.contexts[1]).toBe(all.mock.contexts[0]);
  });

  test.each<[string, (path: string) => void]>([
    ['that is deleted', (path) => rmSync(path)],
    ['that is moved away', (path) => renameSync(path, `${path}.old`)],
    [
      'that a copy has taken the place of',
      (path) => {
        copyFileSync(path, `${path}.new`);
        renameSync(`${path}.new`, path);
      },
    ],
    ['whose log is deleted', (path) => rmSync(`${path}-wal`)],
    ['whose log is replaced', (path) => (rmSync(`${path}-wal`), writeFileSync(`${path}-wal`, ''))],
    ['whose index is deleted', (path) => rmSync(`${path}-shm`)],
    ['whose folder is moved away', () => renameSync(folder, `${folder}-moved`)],
  ])('%s while it is open is neither read nor written any more', async (what, change) => {
    const path = join(folder, 'guardian.db');
    const store = await open(path);
    await give(store);
    const { dependencies, deliver } = await createGuardian({ store });
    const isReady = createReadiness(store, dependencies);
    change(path);
    if (what.includes('folder')) {
      onTestFinished(() => rmSync(`${folder}-moved`, { recursive: true }));
      mkdirSync(folder);
    }
    const gone = {
      code: 'store_unavailable',
      cause: { message: expect.stringContaining('deleted or replaced') as string },
    };
    await expect(give(store)).rejects.toMatchObject(gone);
    await expect(store.approvals.list(issue)).rejects.toMatchObject(gone);
    expect(await isReady()).toBe(false);
    const move = {
      issue: { ...issue, organization_id: 3, project_id: 7, assignee_id: 19 },
      transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
    };
    const { body } = await deliver({ event: 'workflow.before_transition', id: 'evt_1', ...move });
    expect(body).toMatchObject({ status: 'deny', metadata: { failure: 'store_unavailable' } });
  });

  test('lets deadlines and other requests have their turn between two writes', async () => {
    const store = await open(join(folder, 'guardian.db'));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    onTestFinished(() => clearInterval(timer));
    await Promise.all(Array.from({ length: 200 }, async () => give(store)));
    expect(turns).toBeGreaterThan(1);
  });

  test('may be named by a link', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere', 'real.db'), join(folder, 'guardian.db'));
    const store = await open(join(folder, 'guardian.db'));
    await give(store);
    await give(store);
    rmSync(join(folder, 'elsewhere', 'real.db-wal'));
    await expect(give(store)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('that a newer version has changed is refused', async () => {
    const path = join(folder, 'guardian.db');
    await (await open(path)).close();
    const newer = new Libsql(path);
    newer.exec("insert into kysely_migration values ('2999-01-newer', '2999-01-01T00:00:00.000Z')");
    newer.close();
    await expect(open(path)).rejects.toThrow('a newer version has changed its tables: 2999-01-newer');
  });
});
