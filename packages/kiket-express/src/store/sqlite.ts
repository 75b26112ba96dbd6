import { randomInt } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type Libsql from 'libsql';
import { SqliteDialect, SqliteDriver, type DatabaseConnection, type Dialect, type Driver } from 'kysely';

/** How long a writer waits for a writer of another process, in milliseconds. */
const lockTimeoutMs = 2_000;

/**
 * Opens a SQLite file; its folder is made, and nobody else may read it. `:memory:` is a database for as long as it is open.
 * When the file is deleted or replaced, every query throws: what it wrote would be found by nobody.
 */
export async function openSqlite(path: string): Promise<Dialect> {
  const files = path === ':memory:' ? [] : makePrivate(path);
  // Loaded only where it is used: its native part is not in what goes to a function.
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(path);
  // Readers never wait for a writer (WAL), and what was answered is on the disk (FULL).
  await whenFree(() => database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0'));
  return new ImmediateDialect(database, files.map(watchFile));
}

/** Makes the file if there is none, and sees to it that it and what SQLite puts beside it are its owner's alone. Returns all of them. */
function makePrivate(path: string): string[] {
  makeFolder(dirname(path));
  // Only if it is not there: to close a file takes the locks that this process has on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  // SQLite puts the others beside the file, and not beside a link to it. They get the mode that the file has.
  const beside = ['-wal', '-shm'].map((suffix) => realpathSync(path) + suffix);
  for (const file of [path, ...beside]) {
    try {
      // A path that names a folder is wrong, and nothing here may close the folder to others.
      if (statSync(file).isFile()) chmodSync(file, 0o600);
    } catch {
      // It is not there yet, or somebody else's: whoever owns it decides who reads it.
    }
  }
  return [path, ...beside];
}

/**
 * Makes a folder and those around it. Node's own `recursive` never returns where a folder is there and none can be made in it,
 * such as `/proc`, or a working directory that was deleted.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another instance may have been faster.
    if (!existsSync(path)) throw error;
  }
}

/** Returns what throws when a file that was there is gone, or another one is in its place. It takes 2 µs. */
function watchFile(path: string): () => void {
  const identify = () => statSync(path, { throwIfNoEntry: false });
  let known = identify();
  return () => {
    const found = identify();
    known ??= found;
    if (found?.ino === known?.ino && found?.dev === known?.dev) return;
    throw new Error(`${path} was deleted or replaced while it was open. Restart the guardian.`);
  };
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
  readonly #watches: readonly (() => void)[];

  constructor(database: Libsql.Database, watches: readonly (() => void)[]) {
    super({ database });
    this.#database = database;
    this.#watches = watches;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#database, this.#watches);
  }
}

/**
 * Takes the write lock when a transaction begins: one that reads first and writes later would fail when another process
 * has written in between.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Libsql.Database;
  readonly #watches: readonly (() => void)[];
  #lockedUntil = 0;

  constructor(database: Libsql.Database, watches: readonly (() => void)[]) {
    super({ database });
    this.#database = database;
    this.#watches = watches;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    for (const requireSame of this.#watches) requireSame();
    return super.acquireConnection();
  }

  /** Puts everything into one file, unless another process uses it still: then that one does. */
  override async destroy(): Promise<void> {
    try {
      for (const requireSame of this.#watches) requireSame();
      this.#database.exec('PRAGMA journal_mode = DELETE');
    } catch {
      // What is in the file beside it is read by whoever opens it next.
    }
    await super.destroy();
  }

  /** SQLite itself ends a transaction for which the disk has no room, and why is what whoever began it has to be told. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#database.inTransaction) this.#database.exec('rollback');
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
