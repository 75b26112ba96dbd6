import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { fixtureFolder, temporaryFolder } from '../support/folders.ts';
import { deliver, press } from '../support/deliver.ts';
import { createPostgresDatabase, openConnection, runSql } from '../support/postgres.ts';
import { run } from '../support/processes.ts';

describe('the built server', () => {
  test('stops while somebody keeps delivering over one connection, and minds a second signal', async () => {
    const server = await startBuilt();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ask = () =>
      new Promise<string | undefined>((resolve, reject) => {
        const request = get(`${server.url}/health`, { agent }, (response) => {
          response.resume().once('end', () => resolve(response.headers.connection));
        });
        request.once('error', reject);
      });
    expect(await ask()).toBe('keep-alive');
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    await server.waitFor(/"msg":"stopped"/);
    await expect(ask()).rejects.toThrow(/ECONNREFUSED|socket hang up|ECONNRESET/);
    expect((await server.finished).code).toBe(0);
  });

  test('still looks up names while name servers of others do not answer', async () => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'pipe');
    await run('mkfifo', [pipe]);
    // A pipe that nobody writes holds its thread, as a lookup does that nobody answers.
    const hold = `for (let i = 0; i < 16; i += 1) fs.open(${JSON.stringify(pipe)}, 'r', () => {});`;
    const look = `dns.lookup('localhost', () => process.stderr.write('looked up'));`;
    const script = `const [dns, fs] = [require('node:dns'), require('node:fs')]; process.on('SIGUSR2', () => { ${hold} ${look} });`;
    writeFileSync(join(folder, 'hold.cjs'), script);
    const server = await startBuilt({ NODE_OPTIONS: `--require ${join(folder, 'hold.cjs')}` });
    server.child.kill('SIGUSR2');
    expect(await server.waitFor(/looked up/)).toBeDefined();
  });

  test('ends if it cannot start, even if something keeps the process, such as a connection that went dead', async () => {
    const keep = 'data:text/javascript,setInterval(()=>{},1000)';
    const { code, stderr } = await run(process.execPath, ['--import', keep, 'dist/index.js'], {
      env: { PORT: 'none' },
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining("can't start")]);
  });

  test('finishes the action in progress before it stops', async () => {
    const { url: database } = await createPostgresDatabase();
    const server = await startBuilt({ DATABASE_URL: database });
    const lock = await openConnection(database, 'begin; lock table approvals in access exclusive mode');
    const approval = deliver(server.url, press('approve_transition'));
    // What is kept too long may be waiting to be deleted besides.
    const waiting = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query not ilike 'delete%'`;
    await expect.poll(async () => (await runSql(database, waiting)).rows.length).toBe(1);

    server.child.kill('SIGTERM');
    const isLetIn = () =>
      fetch(`${server.url}/health`).then(
        () => true,
        () => false,
      );
    await expect.poll(isLetIn).toBe(false);
    await lock.query('rollback');
    expect(await approval).toMatchObject({ status: 200, body: { status: 'success', data: { approvals_given: 1 } } });
    const { code, stdout } = await server.finished;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toContain('"msg":"stopped"');
  });

  test.each([
    ['warns that a local SQLite file needs a persistent disk, and says what else there is', 'SQLite'],
    ['warns of nothing over PostgreSQL', 'PostgreSQL'],
  ])('%s, in production', async (_what, name) => {
    const database = name === 'SQLite' ? {} : { DATABASE_URL: (await createPostgresDatabase()).url };
    const server = await startBuilt({ NODE_ENV: 'production', ...database });
    await fetch(`${server.url}/health`);
    server.child.kill('SIGTERM');
    const lines = (await server.finished).stdout.trim().split('\n');
    const warnings = lines
      .map((line) => JSON.parse(line) as Record<string, string>)
      .filter(({ level }) => level === 'warn');
    const warning = { msg: expect.stringMatching(/DATABASE_URL/) as string };
    expect(warnings).toMatchObject(name === 'SQLite' ? [warning] : []);
    expect(lines.at(-1)).toContain('"msg":"stopped"');
  });

  test('refuses to start in production without a secret, and says what to set', async () => {
    const { code, stdout, stderr } = await run(process.execPath, ['dist/index.js'], {
      env: {
        NODE_ENV: 'production',
        KIKET_ALLOW_UNTIMED_SIGNATURES: '1',
        PORT: 'http',
        KIKET_SETTING_REQUIRED_APPROVALS: 'many',
      },
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The extension can't start:\n/);
    for (const wrong of [
      'KIKET_WEBHOOK_SECRET is not set.',
      "KIKET_ALLOW_UNTIMED_SIGNATURES=1 isn't allowed in production",
      'PORT=http must be a port number.',
      'KIKET_SETTING_REQUIRED_APPROVALS is "many", but must be a whole number from 0 to 10.',
    ]) {
      expect(stderr).toContain(wrong);
    }
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('takes from .env what the environment does not say', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.env'), 'PORT=http\nLOG_LEVEL=loud\nRETENTION_DAYS=1\nMETRICSTOKEN=a\n');
    const options = { cwd, env: { LOG_LEVEL: 'silent', RETENTION_DAYS: '' } };
    const { stderr } = await run(process.execPath, [join(fixtureFolder, 'dist/index.js')], options);
    expect(stderr).toMatch(
      /^The extension can't start:\n {2}- PORT=http .+\n {2}- RETENTION_DAYS=1 .+\n {2}- .*METRICSTOKEN.+\n$/,
    );
  });

  test('says so when its port is taken', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run(process.execPath, ['dist/index.js'], {
      env: { DATABASE_URL: 'file::memory:', HOST: '127.0.0.1', PORT: String(port) },
    });
    expect([code, stderr]).toEqual([
      1,
      `The extension can't start:\n  - PORT ${port} is already in use. Set PORT to a free port.\n`,
    ]);
  });
});
