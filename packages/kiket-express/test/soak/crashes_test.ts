import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { deliver, moveToDone, press, type User } from '../support/deliver.ts';
import { isFull } from '../support/fullTests.ts';
import { createPostgresDatabase, openConnection } from '../support/postgres.ts';

/** How many people approve at once until the server is killed. */
const approvers: User[] = Array.from({ length: 20 }, (_each, index) => ({
  id: 100 + index,
  email: `approver${index}@example.com`,
}));

/**
 * Many people approve an issue, and the server is killed after a few of them got their answer. Whoever got it counts,
 * once, when the server is started again; nobody counts who did not approve.
 */
async function expectApprovalsToSurviveAKill(databaseUrl: string, issueId: number): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, KIKET_SETTING_REQUIRED_APPROVALS: '10' };
  const killed = await startBuilt(env);
  const killAfter = randomInt(1, approvers.length);
  const acknowledged: User[] = [];
  const approve = async (user: User) => {
    // The connection of whoever is on the way breaks.
    const answer = await deliver(killed.url, press('approve_transition', user, issueId)).catch(() => undefined);
    if (answer === undefined) return;
    expect(answer).toMatchObject({ status: 200, body: { status: 'success' } });
    acknowledged.push(user);
    if (acknowledged.length === killAfter) killed.child.kill('SIGKILL');
  };
  await Promise.all(approvers.map(approve));
  await killed.finished;
  expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);

  const { url, child, finished } = await startBuilt(env);
  const counts = new Set<number>();
  for (const user of acknowledged) {
    // Who has approved already changes nothing by doing so again.
    const again = await deliver(url, press('approve_transition', user, issueId));
    counts.add((again.body['data'] as { approvals_given: number }).approvals_given);
  }
  const [given = 0, ...others] = counts;
  expect(others, `killed after ${killAfter}`).toEqual([]);
  expect(given).toBeGreaterThanOrEqual(acknowledged.length);
  const move = await deliver(url, moveToDone(issueId));
  expect(move.body).toMatchObject({ metadata: { approvals_given: given } });
  child.kill('SIGKILL');
  await finished;
}

/** How often each; a few show that nothing is broken outright. */
const rounds = isFull ? 20 : 2;

test(`approvals that were acknowledged survive ${rounds} times kill -9 over one SQLite file`, async () => {
  const databaseUrl = `file:${join(temporaryFolder(), 'guardian.db')}`;
  for (let issue = 1; issue <= rounds; issue += 1) {
    await expect(expectApprovalsToSurviveAKill(databaseUrl, issue)).resolves.toBeUndefined();
  }
});

test(`and ${rounds} times over one PostgreSQL, where the other instance continues`, async () => {
  const { url } = await createPostgresDatabase();
  const other = await startBuilt({ DATABASE_URL: url });
  for (let issue = 1; issue <= rounds; issue += 1) {
    await expect(expectApprovalsToSurviveAKill(url, issue)).resolves.toBeUndefined();
  }
  expect(await deliver(other.url, press('approve_transition'))).toMatchObject({ status: 200 });
});

test.runIf(isFull)(
  'an action whose run dies half way is run again by another instance when its lease is over, but once',
  async () => {
    const { url } = await createPostgresDatabase();
    const [dying, other] = [await startBuilt({ DATABASE_URL: url }), await startBuilt({ DATABASE_URL: url })];
    const lock = await openConnection(url, 'begin; lock table approvals in access exclusive mode');

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
