import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { deliver, moveToDone } from '../support/deliver.ts';
import { secret } from '../support/guardian.ts';
import { load, readMetric, signedShot } from '../support/load.ts';
import { freePort, start } from '../support/processes.ts';

/** Starts the built server with what the shell makes of its output. */
async function startWith(redirection: string) {
  const port = await freePort();
  const env = {
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_ORGANISATION_ID: '3',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: secret,
    PORT: port,
  };
  // Process substitution, so that it is a pipe: Node itself would make a socket.
  const server = start('bash', ['-c', `exec node dist/index.js ${redirection}`], { env, ownGroup: true });
  const url = `http://127.0.0.1:${port}`;
  const isThere = () => fetch(`${url}/health`).then(({ ok }) => ok);
  await expect.poll(() => isThere().catch(() => false), { timeout: 20_000 }).toBe(true);
  const ended = new Promise<number | null>((resolve) => server.child.once('exit', resolve));
  return { ...server, url, ended };
}

// What the shells and files of other systems do is not tried.
describe.runIf(process.platform === 'linux')('a guardian whose output goes', () => {
  test.each([
    ['to a full disk', '> /dev/full', true],
    ['to a full disk, messages too', '> /dev/full 2>&1', true],
    ['to a pipe that is closed', '> >(true)', true],
    ['to a pipe that is closed, messages too', '> >(true) 2>&1', true],
    // 16 MiB wait for somebody who reads: test/unit/stdout_test.ts.
    ['to a pipe that nobody reads', '> >(exec sleep 600)', false],
    ['to a pipe that nobody reads, messages too', '> >(exec sleep 600) 2>&1', false],
    ['nowhere', '>&- 2>&-', false],
  ])('%s answers, counts what it loses, and ends when it is stopped', async (_where, redirection, isLost) => {
    const { url, child, ended } = await startWith(redirection);
    // More than fits into a pipe.
    const { counts } = await load(url, { connections: 10, until: 500 }, () => signedShot(moveToDone()));
    expect(counts).toEqual({ 200: 500 });
    const lost = () => readMetric(url, 'kiket_log_lines_lost_total');
    await expect.poll(async () => (await lost()) >= 500, { timeout: 5_000 }).toBe(isLost);
    const toldAt = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(10_000);
  });

  test('to a disk that is full and then is not says how much it lost', async () => {
    const file = join(temporaryFolder(), 'log');
    const { url, child, ended } = await startWith(`> ${file}`);
    const limitFiles = (bytes: string) => spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`]);
    const lost = () => readMetric(url, 'kiket_log_lines_lost_total');
    await deliver(url, moveToDone());
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('"msg":"delivery"');
    expect(limitFiles('1').status).toBe(0);
    await deliver(url, moveToDone());
    await expect.poll(lost, { timeout: 5_000 }).toBe(1);
    limitFiles('unlimited');
    await deliver(url, moveToDone());
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ msg }) => msg)).toEqual([
      expect.stringContaining('KIKET_ORGANISATION_ID'),
      'listening',
      'delivery',
      'delivery',
      'log lines were lost',
      'stopped',
    ]);
    expect(records[1]).toMatchObject({ settings: { protected_statuses: ['done'], failure_policy: 'deny' } });
    expect(records[4]).toMatchObject({ lines: 1 });
  });
});
