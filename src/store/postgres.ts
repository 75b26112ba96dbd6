import { PostgresDialect, type Dialect } from 'kysely';

/**
 * Opens a pool of connections to PostgreSQL. Every limit is below the time that a guard has, in milliseconds, so that a
 * slow database is noticed before Kiket stops waiting. TLS is a matter of the URL: `?sslmode=verify-full`, with
 * `&sslrootcert=/path/to/ca.pem` for an authority of one's own.
 *
 * @param onTrouble is told when an idle connection breaks; the pool replaces it by itself
 */
export async function openPostgres(url: string, onTrouble: (error: unknown) => void): Promise<Dialect> {
  // Loaded only where it is used: SQLite does without.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 3_000,
    query_timeout: 4_000,
    idle_in_transaction_session_timeout: 5_000,
    application_name: 'webhook-guardian',
  });
  pool.on('error', onTrouble);
  // A connection that breaks while it is in use fails its query, and without a listener it would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  return new PostgresDialect({ pool });
}
