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
  const issue = 'organization text not null, project_id text, project_key text, issue_id text, issue_key text';
  await run(database, [
    `create table approvals (id text primary key, ${issue}, approver text not null, given_at text not null, used_at text,
      revoked_at text)`,
    'create index approvals_by_issue_id on approvals (organization, issue_id)',
    'create index approvals_by_issue_key on approvals (organization, issue_key)',
    'create index approvals_by_age on approvals (given_at)',

    `create table decisions (id text primary key, ${issue}, status text not null, failure text, from_status text,
      to_status text not null, decided_at text not null)`,
    'create index decisions_by_age on decisions (decided_at)',
    'create index decisions_by_time on decisions (organization, decided_at)',

    `create table deliveries (id text primary key, owner text not null, answer text, lease_until text not null,
      seen_at text not null)`,
    `create table delivery_keys (organization text not null, event text not null, key text not null,
      delivery_id text not null, constraint delivery_keys_primary primary key (organization, event, key))`,
    'create index delivery_keys_by_delivery on delivery_keys (delivery_id)',
    'create index deliveries_by_age on deliveries (seen_at)',

    'create table probes (id integer primary key, written_at text not null)',
  ]);
}

/** Executes statements, one after the other. */
async function run(database: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}

async function createSteps(database: Kysely<unknown>): Promise<void> {
  await run(database, [
    `create table steps (id text primary key, organization text not null, event text not null, key text not null,
      name text not null, result text not null, done_at text not null)`,
    'create unique index steps_by_key on steps (organization, event, key, name)',
    'create index steps_by_age on steps (done_at)',
  ]);
}

/**
 * Both columns can be empty, because instances of the previous version write rows without them while the new one
 * starts.
 */
async function addHistory(database: Kysely<unknown>): Promise<void> {
  await run(database, [
    'alter table decisions add column reasons text',
    'alter table decisions add column used_at text',
    'create index decisions_by_issue_id on decisions (organization, issue_id)',
    'create index decisions_by_issue_key on decisions (organization, issue_key)',
  ]);
}

/**
 * Issues are looked up by id or key. With an index that starts with the organization, SQLite uses only that part and
 * reads all its rows: 140 ms a decision with a million approvals.
 */
async function indexIssuesFirst(database: Kysely<unknown>): Promise<void> {
  for (const table of ['approvals', 'decisions']) {
    for (const column of ['issue_id', 'issue_key']) {
      const name = `${table}_by_${column}`;
      await run(database, [
        `drop index if exists ${name}`,
        `create index ${name} on ${table} (${column}, organization)`,
      ]);
    }
  }
  await run(database, ['drop index if exists decisions_by_time']);
}

/**
 * Names that belong together, and what an approval let through. Names in existing rows are kept, so that open approvals
 * still count.
 */
async function addNames(database: Kysely<unknown>): Promise<void> {
  await run(database, [
    'alter table approvals add column bound_to text',
    'alter table approvals add column bound_at text',
    'alter table approvals add column untold text',
    'alter table decisions add column mover text',
    `create index approvals_bound on approvals (bound_at)
      where bound_at is not null and used_at is null and revoked_at is null`,

    `create table aliases (id text primary key, organization text not null, kind text not null, alias text not null,
      other_id text not null, seen_at text not null)`,
    // Names first, because most rows belong to one organization.
    'create unique index aliases_by_alias on aliases (alias, other_id, kind, organization)',
    'create index aliases_by_id on aliases (other_id, kind, organization)',
    'create index aliases_by_age on aliases (seen_at)',

    'create table people (id text primary key, one text not null, other text not null, seen_at text not null)',
    'create unique index people_by_one on people (one, other)',
    'create index people_by_age on people (seen_at)',
  ]);

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
  await run(database, [
    'alter table approvals add column fields text',
    'alter table approvals add column overridden_by text',
    'alter table approvals add column reason text',
  ]);
}
