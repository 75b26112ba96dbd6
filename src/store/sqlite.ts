import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type Libsql from 'libsql';
import { SqliteAdapter, SqliteDialect, SqliteDriver, type Dialect, type DialectAdapter, type Driver } from 'kysely';

/** How long a writer waits for a writer of another process, in milliseconds. */
const lockTimeoutMs = 2_000;

/** Opens a SQLite file; its folder is made. `:memory:` is a database for as long as it is open. */
export async function openSqlite(path: string): Promise<Dialect> {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  // Loaded only where it is used: its native part is not in what goes to a function.
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(path);
  // Readers never wait for a writer (WAL), and what was answered is on the disk (FULL).
  await whenFree(() => database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0'));
  return new ImmediateDialect(database);
}

/** Tries until nobody else has the lock. SQLite's own waiting would stop the whole process, so this waits instead. */
async function whenFree(work: () => void, giveUpAt = performance.now() + lockTimeoutMs): Promise<void> {
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      await wait(randomInt(5, 25));
    }
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: Libsql.Database;

  constructor(database: Libsql.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#database);
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** Lets migrations run in a transaction, so that of several processes that start at once one makes the tables. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Takes the write lock when a transaction begins: one that reads first and writes later would fail when another process
 * has written in between.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Libsql.Database;
  #lockedUntil = 0;

  constructor(database: Libsql.Database) {
    super({ database });
    this.#database = database;
  }

  override async beginTransaction(): Promise<void> {
    // Everything waits for the one connection, reading too. So who waited in vain did it for all behind, for a while.
    const giveUpAt = performance.now() < this.#lockedUntil ? 0 : performance.now() + lockTimeoutMs;
    try {
      // Not as a prepared statement: one that found the lock taken stays open and keeps the next commit from ending.
      await whenFree(() => this.#database.exec('begin immediate'), giveUpAt);
      this.#lockedUntil = 0;
    } catch (error) {
      if (giveUpAt > 0) this.#lockedUntil = performance.now() + lockTimeoutMs;
      throw error;
    }
  }
}

/** Whether somebody else holds the write lock at the moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
