import { sql, type Kysely, type Migration } from 'kysely';
import type { Person } from '../approvals/person.ts';
import type { Database } from './database.ts';
import { learnPerson } from './people.ts';

/** All changes to the tables, in the order of their names. A released migration is never edited. */
const migrations: Readonly<Record<string, Migration>> = {
  '2026-01-first': { up: createTables },
  '2026-02-steps': { up: createSteps },
  '2026-03-history': { up: addHistory },
  '2026-04-issues-first': { up: indexIssuesFirst },
  '2026-05-names': { up: addNames },
  '2026-06-rules': { up: addRules },
};

/** Only one instance changes the tables at a time. In PostgreSQL it holds this lock, like Kysely's own migrator. */
const lockId = 3853314791062309107n;

/** Where Kysely's migrator, which earlier versions used, records what was done. */
type Remembered = Record<'kysely_migration', { name: string; timestamp: string }>;

/**
 * Brings the tables up to date in one transaction. Kysely's migrator keeps its lock in a session, which behind
 * PgBouncer can be someone else's next.
 *
 * @param lock whether to take PostgreSQL's lock; in SQLite a transaction is enough
 * @throws the database's error, or an `Error` if a newer version has changed the tables
 */
export async function migrate(database: Database, { lock }: { lock: boolean }): Promise<void> {
  const known = Object.keys(migrations);
  await database.transaction().execute(async (transaction) => {
    if (lock) {
      // The database or the role can have limits, and waiting for another instance takes as long as it takes.
      await sql`set local lock_timeout = 0`.execute(transaction);
      await sql`set local statement_timeout = 0`.execute(transaction);
      await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(transaction);
    }
    await transaction.schema
      .createTable('kysely_migration')
      .ifNotExists()
      .addColumn('name', 'varchar(255)', (column) => column.notNull().primaryKey())
      .addColumn('timestamp', 'varchar(255)', (column) => column.notNull())
      .execute();
    const done = await findDone(transaction);
    const unknown = done.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`a newer version has changed its tables: ${unknown.join(', ')}`);
    for (const [name, migration] of Object.entries(migrations)) {
      if (done.includes(name)) continue;
      await migration.up(transaction);
      await transaction
        .withTables<Remembered>()
        .insertInto('kysely_migration')
        .values({ name, timestamp: new Date().toISOString() })
        .execute();
    }
  });
}

/** Whether the tables are up to date. */
export async function isMigrated(database: Database): Promise<boolean> {
  const done = await findDone(database).catch((error: unknown) => {
    // There's no such table yet. Any other error is trouble, such as a lost connection.
    if (String(error).includes('kysely_migration')) return [];
    throw error;
  });
  return done.join() === Object.keys(migrations).join();
}

/** The names of completed migrations, in order. */
async function findDone(database: Database): Promise<string[]> {
  const rows = await database.withTables<Remembered>().selectFrom('kysely_migration').select('name').execute();
  return rows.map(({ name }) => name).toSorted();
}

async function createTables(database: Kysely<unknown>): Promise<void> {
  const withIssue = (table: string) =>
    database.schema
      .createTable(table)
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization', 'text', (column) => column.notNull())
      .addColumn('project_id', 'text')
      .addColumn('project_key', 'text')
      .addColumn('issue_id', 'text')
      .addColumn('issue_key', 'text');

  await withIssue('approvals')
    .addColumn('approver', 'text', (column) => column.notNull())
    .addColumn('given_at', 'text', (column) => column.notNull())
    .addColumn('used_at', 'text')
    .addColumn('revoked_at', 'text')
    .execute();
  for (const column of ['issue_id', 'issue_key']) {
    await database.schema
      .createIndex(`approvals_by_${column}`)
      .on('approvals')
      .columns(['organization', column])
      .execute();
  }
  await database.schema.createIndex('approvals_by_age').on('approvals').column('given_at').execute();

  await withIssue('decisions')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('failure', 'text')
    .addColumn('from_status', 'text')
    .addColumn('to_status', 'text', (column) => column.notNull())
    .addColumn('decided_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema.createIndex('decisions_by_age').on('decisions').column('decided_at').execute();
  await database.schema
    .createIndex('decisions_by_time')
    .on('decisions')
    .columns(['organization', 'decided_at'])
    .execute();

  await database.schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('answer', 'text')
    .addColumn('lease_until', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('delivery_keys')
    .addColumn('organization', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('delivery_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('delivery_keys_primary', ['organization', 'event', 'key'])
    .execute();
  await database.schema.createIndex('delivery_keys_by_delivery').on('delivery_keys').columns(['delivery_id']).execute();
  await database.schema.createIndex('deliveries_by_age').on('deliveries').column('seen_at').execute();

  await database.schema
    .createTable('probes')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('written_at', 'text', (column) => column.notNull())
    .execute();
}

async function createSteps(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('steps')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('done_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema
    .createIndex('steps_by_key')
    .unique()
    .on('steps')
    .columns(['organization', 'event', 'key', 'name'])
    .execute();
  await database.schema.createIndex('steps_by_age').on('steps').column('done_at').execute();
}

/**
 * Both columns can be empty, because instances of the previous version write rows without them while the new one
 * starts.
 */
async function addHistory(database: Kysely<unknown>): Promise<void> {
  for (const column of ['reasons', 'used_at']) {
    await database.schema.alterTable('decisions').addColumn(column, 'text').execute();
  }
  for (const column of ['issue_id', 'issue_key']) {
    await database.schema
      .createIndex(`decisions_by_${column}`)
      .on('decisions')
      .columns(['organization', column])
      .execute();
  }
}

/**
 * Issues are looked up by id or key. With an index that starts with the organization, SQLite uses only that part and
 * reads all its rows: 140 ms a decision with a million approvals.
 */
async function indexIssuesFirst(database: Kysely<unknown>): Promise<void> {
  for (const table of ['approvals', 'decisions']) {
    for (const column of ['issue_id', 'issue_key']) {
      const name = `${table}_by_${column}`;
      await database.schema.dropIndex(name).ifExists().execute();
      await database.schema.createIndex(name).on(table).columns([column, 'organization']).execute();
    }
  }
  await database.schema.dropIndex('decisions_by_time').ifExists().execute();
}

/**
 * Names that belong together, and what an approval let through. Names in existing rows are kept, so that open approvals
 * still count.
 */
async function addNames(database: Kysely<unknown>): Promise<void> {
  for (const column of ['bound_to', 'bound_at', 'untold']) {
    await database.schema.alterTable('approvals').addColumn(column, 'text').execute();
  }
  await database.schema.alterTable('decisions').addColumn('mover', 'text').execute();
  await sql`create index approvals_bound on approvals (bound_at)
    where bound_at is not null and used_at is null and revoked_at is null`.execute(database);

  await database.schema
    .createTable('aliases')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organization', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('alias', 'text', (column) => column.notNull())
    .addColumn('other_id', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'text', (column) => column.notNull())
    .execute();
  // Names first, because most rows belong to one organization.
  await database.schema
    .createIndex('aliases_by_alias')
    .unique()
    .on('aliases')
    .columns(['alias', 'other_id', 'kind', 'organization'])
    .execute();
  await database.schema
    .createIndex('aliases_by_id')
    .on('aliases')
    .columns(['other_id', 'kind', 'organization'])
    .execute();
  await database.schema.createIndex('aliases_by_age').on('aliases').column('seen_at').execute();

  await database.schema
    .createTable('people')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('one', 'text', (column) => column.notNull())
    .addColumn('other', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'text', (column) => column.notNull())
    .execute();
  await database.schema.createIndex('people_by_one').unique().on('people').columns(['one', 'other']).execute();
  await database.schema.createIndex('people_by_age').on('people').column('seen_at').execute();

  for (const [kind, alias, id] of [
    ['project', 'project_key', 'project_id'],
    ['issue', 'issue_key', 'issue_id'],
  ] as const) {
    await sql`insert into aliases (id, organization, kind, alias, other_id, seen_at)
      select ${sql.lit(`${kind}:`)} || min(id), organization, ${sql.lit(kind)}, ${sql.ref(alias)}, ${sql.ref(id)}, max(given_at) from approvals
      where ${sql.ref(alias)} is not null and ${sql.ref(id)} is not null and used_at is null and revoked_at is null
      group by organization, ${sql.ref(alias)}, ${sql.ref(id)}`.execute(database);
  }
  const approvers = await sql<{ approver: string; given_at: string }>`
    select approver, max(given_at) as given_at from approvals
    where used_at is null and revoked_at is null group by approver`.execute(database);
  for (const { approver, given_at: givenAt } of approvers.rows) {
    const person = JSON.parse(approver) as Person;
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await learnPerson(database, { person, now: new Date(givenAt) });
  }
}

/**
 * What was approved, and overrides. Instances of the previous version write rows without them while the new one starts.
 */
async function addRules(database: Kysely<unknown>): Promise<void> {
  for (const column of ['fields', 'overridden_by', 'reason']) {
    await database.schema.alterTable('approvals').addColumn(column, 'text').execute();
  }
}
