import { closeSync, openSync } from 'node:fs';
import { Kysely, sql, SqliteDialect, type Generated, type SqliteDatabase } from 'kysely';
import Sqlite from 'libsql';

/** Everything that the sandbox stores. Times are ISO 8601 text in UTC; `labels`, `record` and the like are JSON. */
export interface Tables {
  projects: { id: number; key: string; name: string; organization_id: number };
  users: { id: number; email: string; name: string };
  states: { project_id: number; key: string; name: string; position: number };
  transitions: { project_id: number; from_state: string; to_state: string };
  issues: {
    id: Generated<number>;
    key: string;
    project_id: number;
    title: string;
    description: string | null;
    status: string;
    issue_type: string;
    priority: string;
    assignee_id: number | null;
    labels: string;
    custom_fields: string;
    created_at: string;
    updated_at: string;
  };
  /** Without an author, it's the extension's. */
  comments: { id: Generated<number>; issue_id: number; author_id: number | null; body: string; created_at: string };
  custom_data: {
    id: Generated<number>;
    project_id: number;
    module: string;
    table_name: string;
    record: string;
    deleted_at: string | null;
  };
  sla_events: {
    id: Generated<number>;
    issue_id: number;
    project_id: number;
    state: string;
    triggered_at: string;
    resolved_at: string | null;
    definition: string;
    metrics: string;
  };
  secrets: { key: string; value: string; created_at: string; updated_at: string };
  /** Moves that a guard keeps waiting, at most one per issue. */
  waiting_moves: {
    issue_id: number;
    to_status: string;
    user_id: number | null;
    message: string;
    metadata: string;
    since: string;
  };
  deliveries: {
    /** Increases with each delivery, unlike the time, which the fault `clock_skew` can turn back. */
    sequence: Generated<number>;
    id: string;
    event: string;
    url: string;
    /** The body without the parts that each attempt creates. */
    content: string;
    project_id: number;
    timeout_ms: number;
    /** `sending`, `waiting` for another attempt, `delivered` or `failed`. */
    state: string;
    next_attempt_at: string | null;
    /** Background attempts. Manual ones don't use up retries. */
    tries: number;
    created_at: string;
  };
  attempts: {
    delivery_id: string;
    number: number;
    sent_at: string;
    url: string;
    headers: string;
    body: string;
    status: number | null;
    answer: string | null;
    error: string | null;
    milliseconds: number;
  };
  /** The extension's reports: its events and telemetry. */
  reports: { id: Generated<number>; kind: 'event' | 'telemetry'; record: string; received_at: string };
  switches: { name: string; value: string };
  /** Writes with an `Idempotency-Key`, and their answers. */
  idempotent_writes: { name: string; write: string; reply: string };
}

/** A typed connection. */
export type Database = Kysely<Tables>;

/**
 * Increases whenever the tables change. A file with another version is emptied, because nothing in it is worth a
 * migration.
 */
const version = 4;

const columns: Readonly<Record<keyof Tables, string>> = {
  projects: 'id integer primary key, key text unique, name text, organization_id integer',
  users: 'id integer primary key, email text unique, name text',
  states: 'project_id integer, key text, name text, position integer',
  transitions: 'project_id integer, from_state text, to_state text',
  issues: `id integer primary key, key text unique, project_id integer, title text, description text, status text,
    issue_type text, priority text, assignee_id integer, labels text, custom_fields text, created_at text, updated_at text`,
  comments: 'id integer primary key, issue_id integer, author_id integer, body text, created_at text',
  custom_data: 'id integer primary key, project_id integer, module text, table_name text, record text, deleted_at text',
  sla_events: `id integer primary key, issue_id integer, project_id integer, state text, triggered_at text,
    resolved_at text, definition text, metrics text`,
  secrets: 'key text primary key, value text, created_at text, updated_at text',
  waiting_moves: `issue_id integer primary key, to_status text, user_id integer, message text, metadata text,
    since text`,
  deliveries: `sequence integer primary key, id text unique, event text, url text, content text, project_id integer, timeout_ms integer,
    state text, next_attempt_at text, tries integer, created_at text`,
  attempts: `delivery_id text, number integer, sent_at text, url text, headers text, body text, status integer,
    answer text, error text, milliseconds real, primary key (delivery_id, number)`,
  reports: 'id integer primary key, kind text, record text, received_at text',
  switches: 'name text primary key, value text',
  idempotent_writes: 'name text primary key, write text, reply text',
};

const tables = Object.keys(columns) as (keyof Tables)[];

/** Opens the sandbox's database and creates its tables. `:memory:` lasts as long as it's open. */
export async function openDatabase(path: string): Promise<Database> {
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openFile(path) }) });
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(database);
  if (rows[0]?.user_version === version) return database;
  for (const table of tables) {
    await sql`drop table if exists ${sql.table(table)}`.execute(database);
    await sql`create table ${sql.table(table)} (${sql.raw(columns[table])})`.execute(database);
  }
  await sql`pragma user_version = ${sql.lit(version)}`.execute(database);
  return database;
}

function openFile(path: string): SqliteDatabase {
  // Private, because it contains secrets.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const file = new Sqlite(path);
  // Belongs to one sandbox as long as it runs: the system takes the lock away, however that ends.
  file.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL');
  return {
    prepare: (text) => file.prepare(text),
    close: () => {
      // A statement that isn't garbage-collected yet keeps the file open. Reading in NORMAL mode releases the lock.
      file.exec('PRAGMA locking_mode = NORMAL; SELECT id FROM projects');
      file.close();
    },
  };
}

/** Deletes every row. */
export async function empty(database: Database): Promise<void> {
  for (const table of tables) await database.deleteFrom(table).execute();
}
