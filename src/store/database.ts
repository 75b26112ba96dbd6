import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { Kysely, SqliteDialect } from 'kysely';
import { SetupError } from '../kiket/errors.ts';

/** Times are ISO 8601 text in UTC, which sorts as it should in every database. */
export interface Tables {
  approvals: {
    id: string;
    organization: string;
    project_id: string | null;
    project_key: string | null;
    issue_id: string | null;
    issue_key: string | null;
    /** A `Person`, as a JSON array. */
    approver: string;
    given_at: string;
    used_at: string | null;
    revoked_at: string | null;
  };
  decisions: {
    id: string;
    organization: string;
    project_id: string | null;
    project_key: string | null;
    issue_id: string | null;
    issue_key: string | null;
    status: string;
    failure: string | null;
    from_status: string | null;
    to_status: string;
    decided_at: string;
  };
  deliveries: {
    id: string;
    /** Who runs it now: only the owner may complete or release it. */
    owner: string;
    /** `null` while the first run is going. */
    answer: string | null;
    lease_until: string;
    seen_at: string;
  };
  delivery_keys: {
    organization: string;
    event: string;
    key: string;
    delivery_id: string;
  };
}

/** A typed connection. */
export type Database = Kysely<Tables>;

/** How long a writer waits for another one, in milliseconds. */
const busyTimeoutMs = 2_000;

/**
 * Opens the database that a URL names: `file:./data/guardian.db` (its folder is made) or `file::memory:`.
 * Throws a {@link SetupError} that says what is wrong with the URL or the file.
 */
export function openDatabase(url: string): Database {
  const path = /^file:(?<path>.+)$/.exec(url)?.groups?.['path'];
  if (path === undefined) {
    throw new SetupError([`DATABASE_URL is not a URL of the form file:./data/guardian.db.`]);
  }
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const connection = new Libsql(path, { timeout: busyTimeoutMs });
    connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${busyTimeoutMs}`);
    return new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError([`DATABASE_URL: ${path} cannot be opened (${reason}). Is the folder writable?`]);
  }
}
