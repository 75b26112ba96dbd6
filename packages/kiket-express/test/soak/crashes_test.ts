import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { expectApprovalsToSurviveAKill } from '../support/crashes.ts';
import { deliver, press } from '../support/deliver.ts';
import { isFull } from '../support/fullTests.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/** How often each; a few show that nothing is broken outright. */
const rounds = isFull ? 20 : 2;

test(`approvals that were acknowledged survive ${rounds} times kill -9 over one SQLite file`, async () => {
  const databaseUrl = `file:${join(temporaryFolder(), 'guardian.db')}`;
  for (let issue = 1; issue <= rounds; issue += 1) {
    await expect(expectApprovalsToSurviveAKill(databaseUrl, issue)).resolves.toBeUndefined();
  }
});

test(`and ${rounds} times over one PostgreSQL`, async () => {
  const { url } = await createPostgresDatabase();
  for (let issue = 1; issue <= rounds; issue += 1) {
    await expect(expectApprovalsToSurviveAKill(url, issue)).resolves.toBeUndefined();
  }
});

test.runIf(isFull)(
  'an action whose run dies half way is run again by another instance when its lease is over, but once',
  async () => {
    const { url } = await createPostgresDatabase();
    const [dying, other] = [await startBuilt({ DATABASE_URL: url }), await startBuilt({ DATABASE_URL: url })];
    const lock = new Client({ connectionString: url });
    await lock.connect();
    await lock.query('begin; lock table approvals in access exclusive mode');

    const approval = press('approve_transition');
    const lost = deliver(dying.url, approval).catch(() => 'connection lost');
    // The delivery is claimed, and its run waits for the table.
    const claims = async () => (await lock.query('select * from delivery_keys')).rowCount;
    await expect.poll(claims).toBeGreaterThan(0);
    dying.child.kill('SIGKILL');
    expect(await lost).toBe('connection lost');
    await lock.end();

    const inProgress = { status: 503, body: { error: { code: 'delivery_in_progress' } } };
    expect(await deliver(other.url, approval)).toMatchObject(inProgress);
    const done = { status: 200, body: { status: 'success', data: { approvals_given: 1 } } };
    await expect.poll(() => deliver(other.url, approval), { timeout: 20_000, interval: 500 }).toMatchObject(done);
    const repeats = await Promise.all(Array.from({ length: 5 }, () => deliver(other.url, approval)));
    for (const repeat of repeats) expect(repeat).toMatchObject(done);
  },
);
