import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './freePort.ts';
import { findPostgres, makeReachableFolder, postgresUser } from './postgresBinaries.ts';

/** A PostgreSQL server that a test may stop, freeze and start again, always at the same address. */
export interface PostgresServer {
  /** Without a database. */
  url: string;
  /** Where PostgreSQL is, for another server. */
  native: string;
  start: () => Promise<void>;
  /** As if its machine had lost power, unless it may finish first. */
  stop: (signal?: 'SIGINT' | 'SIGQUIT') => Promise<void>;
  /** Stops the clock of all its processes, or lets it go on. */
  freeze: () => Promise<void>;
  thaw: () => void;
  /** Stops it, frozen or not, and deletes its data. */
  remove: () => Promise<void>;
}

/** Makes and starts a server: PostgreSQL from the folder `native`, or from wherever it is found. */
export async function createPostgres(native?: string): Promise<PostgresServer> {
  const folder = makeReachableFolder();
  const found = native ?? (await findPostgres(folder));
  const binaries = join(found, 'bin');
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  // Whoever runs it may be kept out of the folder that this process is in.
  const user = { ...postgresUser, cwd: folder };
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid);
  const initialize = ['-D', data, '-U', 'guardian', '--auth=trust', '--no-sync', '--no-locale', '--encoding=UTF8'];
  await promisify(execFile)(join(binaries, 'initdb'), initialize, user);

  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200'];
  const options = ['-D', data, '-p', port, ...settings.flatMap((setting) => ['-c', setting])];
  let server: ChildProcess | undefined;
  let stopped: Promise<void> = Promise.resolve();

  const start = async () => {
    const started = spawn(join(binaries, 'postgres'), options, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
    server = started;
    stopped = new Promise<void>((resolve) => started.once('close', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      let output = '';
      started.stderr.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('ready to accept connections')) resolve();
      });
      void stopped.then(() => reject(new Error(`PostgreSQL did not start:\n${output}`)));
    });
  };
  const stop = async (signal: 'SIGINT' | 'SIGQUIT' = 'SIGQUIT') => {
    server?.kill(signal);
    await stopped;
  };
  const url = `postgres://guardian@127.0.0.1:${port}`;
  let frozen: number[] = [];
  const freeze = async () => {
    const { rows } = await runSql(`${url}/postgres`, 'select pid from pg_stat_activity where pid <> pg_backend_pid()');
    frozen = [...(rows as { pid: number }[]).map(({ pid }) => pid), server?.pid ?? 0].filter((pid) => pid > 0);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  };
  const thaw = () => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    frozen = [];
  };
  await start();
  return {
    url,
    native: found,
    start,
    stop,
    freeze,
    thaw,
    remove: async () => {
      thaw();
      await stop('SIGINT');
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs SQL over a connection of its own. */
export async function runSql(connectionString: string, statement: string): Promise<{ rows: unknown[] }> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
