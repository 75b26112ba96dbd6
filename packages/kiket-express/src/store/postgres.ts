import type { PoolClient, PoolConfig, QueryConfig } from 'pg';
import { PostgresDialect, type Dialect, type PostgresPoolClient } from 'kysely';
import { WriteConflict } from './conflict.ts';

/**
 * How long a connection can be idle before it's checked, in milliseconds. While a function is frozen or a container has
 * no CPU, a close goes unnoticed.
 */
const trustedMs = 5_000;

/** How long that check may take, in milliseconds. */
const askWithinMs = 1_000;

/** How long a connection is used, in seconds, because its server's role or address can change. */
const lifetimeSeconds = 300;

/** How long a transaction may wait for its next statement, in milliseconds. */
const idleInTransactionMs = 5_000;

/** The error for writes to a server that is no longer primary, after a failover. */
const readOnlyCode = '25006';

/** Whatever the database's default, so that each statement sees what others have committed, also after waiting for them. */
const plainBegin = 'begin isolation level read committed';

/** Limits of the connections, all below a guard's time limit. */
export interface PostgresOptions {
  /** How long a statement may take, in milliseconds; 0 for no limit. */
  statementTimeoutMs?: number;
  /** Called when an idle connection breaks. The pool replaces it. */
  onTrouble: (error: unknown) => void;
}

/**
 * Opens a pool of connections to PostgreSQL. The URL configures TLS: `?sslmode=verify-full`, with
 * `&sslrootcert=/path/to/ca.pem` for your own certificate authority.
 *
 * It leaves nothing in a session, so it also works if each transaction gets another session, as with PgBouncer.
 * PgBouncer refuses connections that set limits at the start: then each transaction sets them, and single statements
 * only time out on this side.
 */
export async function openPostgres(
  url: string,
  { statementTimeoutMs = 3_000, onTrouble }: PostgresOptions,
): Promise<Dialect> {
  // Loaded only if it's used; SQLite doesn't need it.
  const { default: pg } = await import('pg');
  const limits: Pick<PoolConfig, 'statement_timeout' | 'idle_in_transaction_session_timeout'> = {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 2_000,
    ...limits,
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + 1_000 }),
    maxLifetimeSeconds: lifetimeSeconds,
    keepAlive: true,
    application_name: 'kiket-express',
  });
  pool.on('error', onTrouble);
  // A connection that breaks in use fails its query. Without a listener it would also end the process.
  const connectedAt = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => {
    connectedAt.set(client, performance.now());
    client.on('error', () => {});
  });
  let begin = plainBegin;
  const acquire = async (): Promise<PoolClient> => {
    const hasLimits = begin === plainBegin;
    try {
      return await pool.connect();
    } catch (error) {
      if (!hasLimits || !isParameterRefused(error)) throw error;
      for (const name of Object.keys(limits)) delete pool.options[name as keyof typeof limits];
      begin = [plainBegin, ...Object.entries(limits).map(([name, limit]) => `set local ${name} = ${limit}`)].join('; ');
      return pool.connect();
    }
  };
  // A server that became read-only did so for every existing connection.
  let distrustedUntil = -Infinity;

  const usedAt = new WeakMap<PoolClient, number>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await acquire();
    // By wall-clock time, because monotonic clocks stop while an instance is frozen.
    const idleMs = Date.now() - (usedAt.get(client) ?? Date.now());
    // A clock that was set back says nothing.
    const isFresh = idleMs >= 0 && idleMs < trustedMs;
    const isDistrusted = (connectedAt.get(client) ?? 0) <= distrustedUntil;
    if (isDistrusted || (!isFresh && !(await isThere(client)))) {
      client.release(true);
      return connect();
    }
    let isUseless = false;
    const query = async (text: string, ...values: unknown[]) => {
      try {
        const statement = text === 'begin' ? begin : text;
        return await (client.query as (...given: unknown[]) => Promise<unknown>)(statement, ...values);
      } catch (error) {
        // An error that isn't PostgreSQL's own is about the connection, which may never answer again.
        const isReadOnly = error instanceof pg.DatabaseError && error.code === readOnlyCode;
        isUseless ||= isReadOnly || !(error instanceof pg.DatabaseError);
        if (isReadOnly) distrustedUntil = performance.now();
        // Class 40: another transaction came first, or the two waited for each other. The database is fine.
        if (error instanceof pg.DatabaseError && error.code?.startsWith('40')) {
          throw new WriteConflict(error.message, { cause: error });
        }
        throw error;
      }
    };
    const release = () => {
      usedAt.set(client, Date.now());
      client.release(isUseless);
    };
    return { query, release } as unknown as PostgresPoolClient;
  };
  return new PostgresDialect({ pool: { connect, end: () => pool.end() } });
}

/** Whether a pooler rejects the connection's startup parameters: PgBouncer's "unsupported startup parameter". */
function isParameterRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '08P01';
}

async function isThere(client: PoolClient): Promise<boolean> {
  const question: QueryConfig & { query_timeout: number } = { text: 'select 1', query_timeout: askWithinMs };
  try {
    await client.query(question);
    return true;
  } catch {
    return false;
  }
}
