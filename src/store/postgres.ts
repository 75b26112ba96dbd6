import { PostgresDialect, type Dialect, type PostgresPoolClient } from 'kysely';

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

  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
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
    return { query, release: () => client.release(isSilent) } as PostgresPoolClient;
  };
  return new PostgresDialect({ pool: { connect, end: () => pool.end() } });
}
