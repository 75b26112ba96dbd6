import { Kysely } from 'kysely';
import { SetupError } from '../errors.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

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
    /** The status that it has let a move to, and when. `null` before that. */
    bound_to: string | null;
    bound_at: string | null;
    /** Anything, if it is used and nobody was told by whom it was. */
    untold: string | null;
    /** `FieldMarks` of what was approved, as JSON. `null` if nobody asked for any. */
    fields: string | null;
    /**
     * Who overrides the guards, as a `Person`, and why, in a row that is no approval but an override. Its approver is nobody,
     * so that it never counts as an approval, not even to instances of a version that knows no overrides.
     */
    overridden_by: string | null;
    reason: string | null;
  };
  /** That an id and another name of the same thing stand in one signed body. */
  aliases: {
    id: string;
    /** The organisation of a project or an issue; blank for organisations themselves. */
    organization: string;
    /** `organization`, `project` or `issue`. */
    kind: string;
    alias: string;
    other_id: string;
    seen_at: string;
  };
  /** That two identifiers stand for one person in a signed body. Each pair is there both ways. */
  people: {
    id: string;
    one: string;
    other: string;
    seen_at: string;
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
    /** `DecisionReason`s, as a JSON array; `null` in rows of versions that did not keep them yet. */
    reasons: string | null;
    /** When the row was told, or left out, with a move. */
    used_at: string | null;
    /** Who asked: a `Person`, as a JSON array. */
    mover: string | null;
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
  /** One row for each key of the delivery. */
  steps: {
    id: string;
    organization: string;
    event: string;
    key: string;
    name: string;
    /** JSON. */
    result: string;
    done_at: string;
  };
  /** One row, written to see whether the database can be written. */
  probes: {
    id: number;
    written_at: string;
  };
}

/** A typed connection. */
export type Database = Kysely<Tables>;

/**
 * Opens the database that a URL names: `file:./data/guardian.db`, `file::memory:` or `postgres://user:password@host/name`.
 * Throws a {@link SetupError} that says what is wrong with the URL or the file.
 */
export async function openDatabase(url: string, options: PostgresOptions): Promise<Database> {
  if (isPostgres(url)) return new Kysely({ dialect: await openPostgres(url, options) });
  const path = /^file:(?<path>.+)$/.exec(url)?.groups?.['path'];
  if (path === undefined) {
    throw new SetupError(['DATABASE_URL must be file:./data/guardian.db or postgres://user:password@host/name.']);
  }
  try {
    return new Kysely({ dialect: await openSqlite(path) });
  } catch (error) {
    throw new SetupError([describeTrouble(`DATABASE_URL: ${path} can't be opened`, error)]);
  }
}

/** Says that a database cannot be used, why, and what to look at. */
export function describeTrouble(what: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A full disk is an I/O error where SQLite could not make a file larger.
  if (/^(?:SQLITE_FULL|SQLITE_IOERR|ENOSPC|EDQUOT|EFBIG)/.test(code)) {
    return `${what} (${reason}). Check whether the disk is full or broken, then start again.`;
  }
  const isFile = /^(?:SQLITE_|E(?:ACCES|PERM|ROFS|ISDIR|NOTDIR|EXIST)$)/.test(code);
  return `${what} (${reason}). ${isFile ? 'Check that the folder is writable.' : "Check that it's running and that this user may write to it."}`;
}

/** Whether a database URL names a server that several instances can share. */
export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}
