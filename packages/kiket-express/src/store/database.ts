import { Kysely } from 'kysely';
import { SetupError } from '../errors.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/** Where an issue is, as its delivery names it. */
export interface PlaceColumns {
  organization: string;
  project_id: string | null;
  project_key: string | null;
  issue_id: string | null;
  issue_key: string | null;
}

/** Times are ISO 8601 text in UTC, which sorts correctly in every database. */
export interface Tables {
  approvals: PlaceColumns & {
    id: string;
    /** A `Person`, as a JSON array. */
    approver: string;
    given_at: string;
    used_at: string | null;
    revoked_at: string | null;
    /** The status that it let a move to, and when. `null` before that. */
    bound_to: string | null;
    bound_at: string | null;
    /** Set if it was used without being reported. */
    untold: string | null;
    /** `FieldMarks` of what was approved, as JSON. `null` if there are none. */
    fields: string | null;
    /**
     * Who overrides the guards, as a `Person`, and why, if the row is an override. Its approver is nobody, so that it
     * never counts as an approval, not even for instances of a version without overrides.
     */
    overridden_by: string | null;
    reason: string | null;
  };
  /** An id and another name of the same thing, from one signed body. */
  aliases: {
    id: string;
    /** The organization of a project or an issue; blank for organizations. */
    organization: string;
    /** `organization`, `project` or `issue`. */
    kind: string;
    alias: string;
    other_id: string;
    seen_at: string;
  };
  /** Two identifiers of one person, from a signed body. Each pair is stored in both directions. */
  people: {
    id: string;
    one: string;
    other: string;
    seen_at: string;
  };
  decisions: PlaceColumns & {
    id: string;
    status: string;
    failure: string | null;
    from_status: string | null;
    to_status: string;
    decided_at: string;
    /** `DecisionReason`s, as a JSON array; `null` in rows of older versions. */
    reasons: string | null;
    /** When the row was reported with a move, or skipped. */
    used_at: string | null;
    /** Who asked: a `Person`, as a JSON array. */
    mover: string | null;
  };
  deliveries: {
    id: string;
    /** The run that has it: only the owner can complete or release it. */
    owner: string;
    /** `null` during the first run. */
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
  /** One row, to check that the database is writable. */
  probes: {
    id: number;
    written_at: string;
  };
}

/** A typed connection. */
export type Database = Kysely<Tables>;

/**
 * Opens the database of a URL: `file:./data/guardian.db`, `file::memory:` or `postgres://user:password@host/name`.
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

/** Says that a database can't be used, why, and what to check. */
export function describeTrouble(what: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A full disk is an I/O error if SQLite couldn't extend a file.
  if (/^(?:SQLITE_FULL|SQLITE_IOERR|ENOSPC|EDQUOT|EFBIG)/.test(code)) {
    return `${what} (${reason}). Check whether the disk is full or broken, then start again.`;
  }
  const isFile = /^(?:SQLITE_|E(?:ACCES|PERM|ROFS|ISDIR|NOTDIR|EXIST)$)/.test(code);
  return `${what} (${reason}). ${isFile ? 'Check that the file is a SQLite database, and that its folder is writable and not full.' : "Check that it's running and that this user may write to it."}`;
}

/** Whether a database URL is of a server that several instances can share. */
export function isPostgres(url: string): boolean {
  return /^postgres(?:ql)?:/.test(url);
}
