import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone, noor, press } from '../support/deliver.ts';
import { isFull } from '../support/fullTests.ts';
import { load, signedShot, watchMemory, type LoadResult, type Shot } from '../support/load.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/** Kiket sends five deliveries at a time (guide: at most five to one endpoint). */
const expectedConnections = 5;
/** As long as the promise says, or a look at it. */
const seconds = isFull ? 60 : 5;
/** As long as Kiket waits for anything, in milliseconds; a look in brief may be on a busy machine. */
const kiketTimeoutMs = isFull ? 10_000 : Infinity;
/** By then a guard has answered, whatever happened to it, in milliseconds. */
const guardBudgetMs = isFull ? 8_500 : Infinity;

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
  await load(url, { connections: expectedConnections, until: isFull ? 2_000 : 200 }, mixed);
  const memory = watchMemory(url);
  const ten = { connections: 10 * expectedConnections, until: 500_000, seconds };
  const result = await load(url, ten, mixed);
  const memories = await memory.stop();

  const most = Math.max(...memories);
  process.stdout.write(`${name}, ${seconds} s: ${describeLoad(result)}, at most ${Math.round(most)} MiB resident\n`);
  expect(otherThan(result, ['200', '503'])).toEqual([]);
  expect(result.counts['200']).toBeGreaterThan(seconds * 16);
  expect(result.slowestMs).toBeLessThan(guardBudgetMs);
  // It was looked at all the time, twice a second if nothing held that up.
  expect(memories.length).toBeGreaterThan(seconds / 4);
  expect(most).toBeLessThan(256);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await deliver(url, moveToDone(1_000_000))).toMatchObject({ status: 200, body: { status: 'pending' } });
});

test('a thousand clients at once get an answer or a 503, and then everything is as before', async () => {
  const { url } = await startBuilt({ DATABASE_URL: (await createPostgresDatabase()).url });
  const everyone = { connections: 1_000, until: isFull ? 20_000 : 5_000 };
  const result = await load(url, everyone, (index) => signedShot(moveToDone(index)));
  process.stdout.write(`1,000 clients: ${describeLoad(result)}\n`);
  // Where a guard had no time for the store, its answer by policy is in time as well.
  expect(otherThan(result, ['200', '503', 'by policy'])).toEqual([]);
  expect(result.counts['200']).toBeGreaterThan(0);
  expect(result.counts['503']).toBeGreaterThan(0);
  // A 503 is prompt: whoever is turned away does not wait as long as those who are served.
  expect(result.medianMs['503']).toBeLessThan(result.medianMs['200'] ?? 0);
  expect(result.slowestMs).toBeLessThan(kiketTimeoutMs);
  expect(await deliver(url, moveToDone(1_000_000))).toMatchObject({ status: 200, body: { status: 'pending' } });
});

/** The outcomes besides these. */
function otherThan({ counts }: LoadResult, known: readonly string[]): string[] {
  return Object.keys(counts).filter((outcome) => !known.includes(outcome));
}

function describeLoad({ counts, medianMs, slowestMs }: LoadResult): string {
  const outcomes = Object.entries(counts).map(
    ([outcome, count]) =>
      `${count} × ${outcome} (median ${Math.round(medianMs[outcome as keyof typeof medianMs] ?? 0)} ms)`,
  );
  return `${outcomes.join(', ')}, slowest ${Math.round(slowestMs)} ms`;
}
