import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { DeliveryError, SetupError } from '../errors.ts';
import { createApprovals } from './approvals.ts';
import { describeTrouble, isPostgres, openDatabase, type Database } from './database.ts';
import { createDecisions, type RecorderEvents } from './decisions.ts';
import { createDeliveries } from './deliveries.ts';
import { isMigrated, migrate } from './migrations.ts';
import { findNames, isAmbiguousPlace } from './names.ts';
import { identify, learnPerson } from './people.ts';
import { findLatest, prune } from './prune.ts';
import { isBusy } from './sqlite.ts';
import type { Decisions, DeliveryKeys, KnownNames, Store } from './store.ts';

/** How long an instance waits for another one that creates the tables, in milliseconds. */
const migrateTimeoutMs = 10_000;

type Method = (...args: never[]) => Promise<unknown>;

/** Batch sizes of a store. */
export interface StoreOptions {
  /** Rows written or deleted in one transaction (100 and 500). */
  batchRows?: number;
}

/**
 * Opens the store at a database URL and brings its tables up to date. Throws a `SetupError` if the database can't be
 * opened or written.
 */
export async function openStore(url: string, events: RecorderEvents, { batchRows }: StoreOptions = {}): Promise<Store> {
  const database = await openMigrated(url, (error) => events.onTrouble(error, 0));
  const approvalsOf = (delivery?: DeliveryKeys) => attempting(createApprovals(database, delivery));
  const decisions = createDecisions(database, events, batchRows);
  const decisionsOf = (delivery?: DeliveryKeys): Decisions => ({
    record: decisions.record,
    ...attempting<Omit<Decisions, 'record'>>({
      use: (issue, decidedUntil, now) => decisions.use(issue, decidedUntil, now, delivery),
      waiting: decisions.waiting,
      count: decisions.count,
    }),
  });
  return {
    approvals: approvalsOf(),
    approvalsDuring: approvalsOf,
    decisions: decisionsOf(),
    decisionsDuring: decisionsOf,
    names: attempting<KnownNames>({
      learn: async (issue, person, now) => {
        if (issue !== undefined) await findNames(database, issue, now);
        await learnPerson(database, { person, now });
      },
      isAmbiguous: (issue) => isAmbiguousPlace(database, issue),
      person: (person, now) => identify(database, { person, now }),
    }),
    deliveries: attempting(createDeliveries(database)),
    ...attempting<Pick<Store, 'ping' | 'prune' | 'latest'>>({
      ping: (now) => requireWritable(database, now),
      prune: (olderThan, signal) => prune(database, olderThan, { signal, batchRows }),
      latest: () => findLatest(database),
    }),
    settle: decisions.settle,
    close: async () => {
      await decisions.close();
      await database.destroy();
    },
  };
}

/**
 * Opens the database and creates its tables, however many instances do so at once. Each retry gets a new connection,
 * because in SQLite a statement that found the lock taken would block commits on the old one.
 */
async function openMigrated(url: string, onTrouble: (error: unknown) => void): Promise<Database> {
  const giveUpAt = performance.now() + migrateTimeoutMs;
  for (;;) {
    const database = await openDatabase(url, { onTrouble });
    try {
      if (isPostgres(url)) await requireSuitable(database);
      if (!(await isMigrated(database))) {
        // Changing the tables can take a while, and so can waiting for the instance that does it.
        const migrating = isPostgres(url) ? await openDatabase(url, { onTrouble, statementTimeoutMs: 0 }) : database;
        try {
          await migrate(migrating, { lock: isPostgres(url) });
        } finally {
          if (migrating !== database) await migrating.destroy();
        }
      }
      await requireWritable(database, new Date());
      return database;
    } catch (error) {
      await database.destroy();
      if (isBusy(error) && performance.now() < giveUpAt) {
        await wait(randomInt(5, 50));
        continue;
      }
      if (error instanceof SetupError) throw error;
      throw new SetupError([describeTrouble("DATABASE_URL: can't use the database", error)]);
    }
  }
}

/** Throws a {@link SetupError} unless the database can store every character, and keeps what it has confirmed. */
async function requireSuitable(database: Database): Promise<void> {
  const { rows } = await sql<{ encoding: string; commit: string }>`
    select current_setting('server_encoding') as encoding, current_setting('synchronous_commit') as commit`.execute(
    database,
  );
  const { encoding, commit } = rows[0] ?? {};
  if (commit === 'off') {
    throw new SetupError([
      'DATABASE_URL: synchronous_commit is off, so a crash of PostgreSQL could lose approvals. Turn it on: alter role current_user set synchronous_commit = on',
    ]);
  }
  if (encoding === 'UTF8') return;
  throw new SetupError([
    `DATABASE_URL: the database's encoding is ${encoding}, which can't store every name. Create one with: create database extension encoding 'UTF8' template template0`,
  ]);
}

/** The same methods, but any database error means that the store is unavailable. The log has the cause. */
function attempting<Methods extends { [Name in keyof Methods]: Method }>(methods: Methods): Methods {
  const attempt = (method: Method): Method => {
    return async (...args) => {
      try {
        return await method(...args);
      } catch (error) {
        throw new DeliveryError('store_unavailable', { cause: error });
      }
    };
  };
  const entries = Object.entries<Method>(methods).map(([name, method]) => [name, attempt(method)]);
  return Object.fromEntries(entries) as Methods;
}

/** A full or read-only database still answers, so only a write shows that it's available. */
async function requireWritable(database: Database, now: Date): Promise<void> {
  const row = { id: 1, written_at: now.toISOString() };
  await database.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('probes')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  });
}
