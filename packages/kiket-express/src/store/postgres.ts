import type { PoolClient, PoolConfig, QueryConfig } from 'pg';
import { PostgresDialect, type Dialect, type PostgresPoolClient } from 'kysely';

/**
 * A connection that was not used for so long is asked whether it is still there, in milliseconds: while a function is frozen,
 * or a container has no CPU, nobody hears that it is closed.
 */
const trustedMs = 5_000;

/** How long that answer may take, in milliseconds. */
const askWithinMs = 1_000;

/** After so long a connection is replaced, in seconds: its server may have another role or address by then. */
const lifetimeSeconds = 300;

/** How long a transaction may wait for its next statement, in milliseconds. */
const idleInTransactionMs = 5_000;

/** What a server says to a write that is no primary any more, after a failover. */
const readOnlyCode = '25006';

/** Limits of the connections; all of them are below the time that a guard has. */
export interface PostgresOptions {
  /** How long a statement may take, in milliseconds; 0 for no limit. */
  statementTimeoutMs?: number;
  /** Is told when an idle connection breaks; the pool replaces it by itself. */
  onTrouble: (error: unknown) => void;
}

/**
 * Opens a pool of connections to PostgreSQL. TLS is a matter of the URL: `?sslmode=verify-full`, with
 * `&sslrootcert=/path/to/ca.pem` for an authority of one's own.
 *
 * It leaves nothing in a session, so it also works where each transaction gets another one, as behind PgBouncer. That refuses
 * connections that bring limits along: then each transaction brings them, and what is none is given up by this side alone.
 */
export async function openPostgres(
  url: string,
  { statementTimeoutMs = 3_000, onTrouble }: PostgresOptions,
): Promise<Dialect> {
  // Loaded only where it is used: SQLite does without.
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
  // A connection that breaks while it is in use fails its query, and without a listener it would end the process as well.
  const connectedAt = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => {
    connectedAt.set(client, performance.now());
    client.on('error', () => {});
  });
  let begin = 'begin';
  const acquire = async (): Promise<PoolClient> => {
    const hasLimits = begin === 'begin';
    try {
      return await pool.connect();
    } catch (error) {
      if (!hasLimits || !isParameterRefused(error)) throw error;
      for (const name of Object.keys(limits)) delete pool.options[name as keyof typeof limits];
      begin = ['begin', ...Object.entries(limits).map(([name, limit]) => `set local ${name} = ${limit}`)].join('; ');
      return pool.connect();
    }
  };
  // A server that has become read-only has become so for every connection that was there by then.
  let distrustedUntil = -Infinity;

  const usedAt = new WeakMap<PoolClient, number>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await acquire();
    // By the clock on the wall: others stand still in an instance that is frozen.
    const isFresh = Date.now() - (usedAt.get(client) ?? Date.now()) < trustedMs;
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
        // What PostgreSQL itself did not say is about the connection, which may never answer again.
        const isReadOnly = error instanceof pg.DatabaseError && error.code === readOnlyCode;
        isUseless ||= isReadOnly || !(error instanceof pg.DatabaseError);
        if (isReadOnly) distrustedUntil = performance.now();
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

/** Whether a pooler does not take what a connection says of itself at its start: PgBouncer's "unsupported startup parameter". */
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
