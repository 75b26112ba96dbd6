import type { PoolClient, QueryConfig } from 'pg';
import { PostgresDialect, type Dialect, type PostgresPoolClient } from 'kysely';

/**
 * A connection that was not used for so long is asked whether it is still there, in milliseconds: while a function is frozen,
 * or a container has no CPU, nobody hears that it is closed.
 */
const trustedMs = 5_000;

/** How long that answer may take, in milliseconds. */
const askWithinMs = 1_000;

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
 */
export async function openPostgres(
  url: string,
  { statementTimeoutMs = 3_000, onTrouble }: PostgresOptions,
): Promise<Dialect> {
  // Loaded only where it is used: SQLite does without.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 2_000,
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + 1_000 }),
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
    application_name: 'webhook-guardian',
  });
  pool.on('error', onTrouble);
  // A connection that breaks while it is in use fails its query, and without a listener it would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));

  const usedAt = new WeakMap<PoolClient, number>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
    // By the clock on the wall: others stand still in an instance that is frozen.
    const isTrusted = Date.now() - (usedAt.get(client) ?? Date.now()) < trustedMs;
    if (!isTrusted && !(await isThere(client))) {
      client.release(true);
      return connect();
    }
    let isSilent = false;
    const query = async (...parameters: unknown[]) => {
      try {
        return await (client.query as (...given: unknown[]) => Promise<unknown>)(...parameters);
      } catch (error) {
        // What PostgreSQL itself did not say is about the connection, which may never answer again.
        isSilent ||= !(error instanceof pg.DatabaseError);
        throw error;
      }
    };
    const release = () => {
      usedAt.set(client, Date.now());
      client.release(isSilent);
    };
    return { query, release } as PostgresPoolClient;
  };
  return new PostgresDialect({ pool: { connect, end: () => pool.end() } });
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
