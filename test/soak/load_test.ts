import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone, noor, press } from '../support/deliver.ts';
import { load, readMetric, signedShot, type Shot } from '../support/load.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/** Kiket sends five deliveries at a time (guide: at most five to one endpoint). */
const expectedConnections = 5;
/** As long as the promise says; a shorter look at it: SOAK_SECONDS=5. */
const seconds = Number(process.env['SOAK_SECONDS'] ?? 60);
/** Longer than Kiket waits for anything. */
const kiketTimeoutMs = 10_000;
const mebibyte = 1024 * 1024;

/** What a busy project sends: moves that need no store, moves that read it, and actions that write it. */
function mixed(index: number): Shot {
  const issueId = index % 1_000;
  if (index % 5 === 0) return signedShot(press('approve_transition', noor, issueId));
  if (index % 5 === 1) return signedShot(moveToDone(issueId));
  const transition = { from: 'open', to: 'review', performed_by: 'mira@example.com' };
  return signedShot({ ...moveToDone(issueId), transition });
}

test.each(['SQLite', 'PostgreSQL'])('ten times the expected load over %s', async (name) => {
  const { url } = await startBuilt(name === 'SQLite' ? {} : { DATABASE_URL: (await createPostgresDatabase()).url });
  await load(url, { connections: expectedConnections, until: 2_000 }, mixed);
  const memory: number[] = [];
  const watch = setInterval(() => {
    void readMetric(url, 'process_resident_memory_bytes').then((bytes) => memory.push(bytes));
  }, 500);
  const ten = { connections: 10 * expectedConnections, until: 500_000, seconds };
  const { statuses, slowestMs } = await load(url, ten, mixed);
  clearInterval(watch);

  const [answered = 0, refused = 0, ...others] = [statuses[200], statuses[503], ...otherThan(statuses, [200, 503])];
  const most = Math.max(...memory) / mebibyte;
  const figures = `${answered} answered, ${refused} refused with 503, slowest ${Math.round(slowestMs)} ms`;
  process.stdout.write(`${name}, ${seconds} s: ${figures}, at most ${Math.round(most)} MiB resident\n`);
  expect(others).toEqual([]);
  expect(answered).toBeGreaterThan(1_000);
  expect(slowestMs).toBeLessThan(kiketTimeoutMs);
  expect(most).toBeLessThan(256);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await deliver(url, moveToDone(1_000_000))).toMatchObject({ status: 200, body: { status: 'pending' } });
});

test('a thousand clients at once get an answer or a 503, and then all is as before', async () => {
  const { url } = await startBuilt({ DATABASE_URL: (await createPostgresDatabase()).url });
  const everyone = { connections: 1_000, until: 20_000, seconds };
  const { statuses, slowestMs } = await load(url, everyone, (index) => signedShot(moveToDone(index)));
  process.stdout.write(`1,000 clients: ${JSON.stringify(statuses)}, slowest ${Math.round(slowestMs)} ms\n`);
  expect(otherThan(statuses, [200, 503])).toEqual([]);
  expect(statuses[200]).toBeGreaterThan(1_000);
  expect(slowestMs).toBeLessThan(kiketTimeoutMs);
  expect(await deliver(url, moveToDone(1_000_000))).toMatchObject({ status: 200, body: { status: 'pending' } });
});

/** The statuses besides these. */
function otherThan(statuses: Readonly<Record<number, number>>, known: readonly number[]): string[] {
  return Object.keys(statuses).filter((status) => !known.includes(Number(status)));
}
