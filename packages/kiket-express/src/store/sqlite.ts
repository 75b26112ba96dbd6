import { randomInt } from 'node:crypto';
import { chmodSync, closeSync, existsSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type Libsql from 'libsql';
import {
  SelectQueryNode,
  SqliteDialect,
  SqliteDriver,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
} from 'kysely';
import { makeFolder } from './makeFolder.ts';

/** How long a writer waits for a writer in another process, in milliseconds. */
const lockTimeoutMs = 2_000;

/**
 * How long transactions may follow each other before deadlines and other requests get a turn, in milliseconds. Each
 * commit blocks the process until the disk has it.
 */
const turnMs = 20;

/**
 * Opens a SQLite file, readable only by its owner, and creates its folder. `:memory:` lasts as long as it's open. If
 * the file is deleted or replaced, every query throws, because its writes would be lost.
 */
export async function openSqlite(path: string): Promise<Dialect> {
  const files = path === ':memory:' ? [] : makePrivate(path);
  // Loaded only if it's used, because serverless packages don't include its native part.
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(path);
  // Readers never wait for a writer (WAL), and everything that was answered is on disk (FULL).
  await whenFree(() => database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0'));
  const watches = files.map(watchFile);
  return Object.assign(new SqliteDialect({ database }), { createDriver: () => new ImmediateDriver(database, watches) });
}

/**
 * Creates the file if it doesn't exist, and makes it and the files SQLite puts next to it private. Returns all of them.
 */
function makePrivate(path: string): string[] {
  makeFolder(dirname(path));
  // Only if it doesn't exist, because closing a file releases this process's locks on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  // SQLite puts the others next to the file, not next to a link to it. They get the file's mode.
  const beside = ['-wal', '-shm'].map((suffix) => realpathSync(path) + suffix);
  for (const file of [path, ...beside]) {
    try {
      // A path to a folder is an error, and must not change the folder's mode.
      if (statSync(file).isFile()) chmodSync(file, 0o600);
    } catch {
      // It doesn't exist yet, or another user owns it and decides who can read it.
    }
  }
  return [path, ...beside];
}

/** Returns a function that throws if the file was deleted or replaced. It takes 2 µs. */
function watchFile(path: string): () => void {
  const identify = () => statSync(path, { throwIfNoEntry: false });
  let known = identify();
  return () => {
    const found = identify();
    known ??= found;
    if (found?.ino === known?.ino && found?.dev === known?.dev) return;
    throw new Error(`${path} was deleted or replaced while it was open. Restart the server.`);
  };
}

/** Retries until the lock is free. SQLite's own waiting would block the whole process. */
async function whenFree<Result>(work: () => Result, giveUpAt = performance.now() + lockTimeoutMs): Promise<Result> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      await wait(randomInt(5, 25));
    }
  }
}

/**
 * Takes the write lock when a transaction begins. A transaction that reads first and writes later would fail if another
 * process wrote in between.
 *
 * Every write is in a transaction. A prepared statement that finds the lock taken stays open: until it's garbage
 * collected, later writes wouldn't be committed, and reads would see what was there before.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Libsql.Database;
  readonly #watches: readonly (() => void)[];
  #lockedUntil = 0;
  #hadTurnAt = -Infinity;

  constructor(database: Libsql.Database, watches: readonly (() => void)[]) {
    super({ database });
    this.#database = database;
    this.#watches = watches;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    for (const requireSame of this.#watches) requireSame();
    const connection = await super.acquireConnection();
    const executeQuery = async <Row>(query: CompiledQuery) => {
      if (this.#database.inTransaction) return connection.executeQuery<Row>(query);
      if (SelectQueryNode.is(query.query)) {
        // Readers only wait while another process repairs the file's index. Running the same statement again closes it.
        const statement = this.#database.prepare(query.sql);
        return { rows: (await whenFree(() => statement.all(query.parameters))) as Row[] };
      }
      // `explain` would stay open, and a transaction couldn't end.
      if (!/^(?:insert|update|delete)/i.test(query.sql)) return connection.executeQuery<Row>(query);
      await this.beginTransaction();
      try {
        const result = await connection.executeQuery<Row>(query);
        this.#database.exec('commit');
        return result;
      } catch (error) {
        await this.rollbackTransaction();
        throw error;
      }
    };
    return { executeQuery, streamQuery: (...query) => connection.streamQuery(...query) };
  }

  /** Merges everything into one file, unless another process still uses it, which then does it. */
  override async destroy(): Promise<void> {
    try {
      for (const requireSame of this.#watches) requireSame();
      this.#database.exec('PRAGMA journal_mode = DELETE');
    } catch {
      // The next process that opens it reads the rest from the WAL file.
    }
    await super.destroy();
  }

  /** SQLite itself rolls back a transaction if the disk is full. The caller needs that error. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('rollback');
  }

  override async beginTransaction(): Promise<void> {
    if (performance.now() - this.#hadTurnAt > turnMs) {
      await nextTurn();
      this.#hadTurnAt = performance.now();
    }
    // Everything waits for the one connection, including reads. So one timeout counts for all that wait behind it, for
    // a while.
    const giveUpAt = performance.now() < this.#lockedUntil ? 0 : performance.now() + lockTimeoutMs;
    try {
      // Not as a prepared statement, which could stay open.
      await whenFree(() => this.#database.exec('begin immediate'), giveUpAt);
      this.#lockedUntil = 0;
    } catch (error) {
      if (giveUpAt > 0) this.#lockedUntil = performance.now() + lockTimeoutMs;
      throw error;
    }
  }
}

/** Whether another process holds the write lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
