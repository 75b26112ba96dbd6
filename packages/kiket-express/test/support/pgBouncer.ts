import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './processes.ts';

/** It is in a folder that ordinary users do not have on their path. */
const PATH = [process.env['PATH'], '/usr/sbin', '/usr/local/sbin'].join(delimiter);

/** It refuses to run as root, so root runs it as nobody. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** Whether PgBouncer is installed here. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version'], { env: { PATH } }).status === 0;

/**
 * Starts a PgBouncer that gives each transaction any of three sessions, and is otherwise as it is shipped, in front of the
 * server of a database. It ends with the test. Returns the database's address behind it.
 */
export async function startPgBouncer(databaseUrl: string): Promise<string> {
  const database = new URL(databaseUrl);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'guardian-pgbouncer-'));
  const settings = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${database.username}" ""\n`);
  writeFileSync(
    settings,
    `[databases]
* = host=${database.hostname} port=${database.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
`,
  );
  if (user !== undefined) for (const file of [folder, settings, users]) chownSync(file, user.uid, user.gid);
  const bouncer = spawn('pgbouncer', [settings], { ...user, env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => bouncer.once('close', resolve));
  onTestFinished(async () => {
    bouncer.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  await new Promise<void>((resolve, reject) => {
    let output = '';
    bouncer.stderr.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes('process up')) resolve();
    });
    void ended.then(() => reject(new Error(`PgBouncer did not start:\n${output}`)));
  });
  database.hostname = '127.0.0.1';
  database.port = port;
  return database.href;
}
