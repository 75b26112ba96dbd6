import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone, press } from '../support/deliver.ts';
import { hasPgBouncer, startPgBouncer } from '../support/pgBouncer.ts';
import { createPostgresDatabase, runSql } from '../support/postgres.ts';

const issue = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };
const now = new Date('2026-03-02T12:00:00Z');

beforeEach(({ skip }) => skip(!hasPgBouncer, 'PgBouncer is not installed here: apt-get install pgbouncer'));

test('a guardian behind PgBouncer starts, decides, counts approvals and is ready', async () => {
  const { url: database } = await createPostgresDatabase();
  const { url } = await startBuilt({ DATABASE_URL: await startPgBouncer(database) });
  expect(await deliver(url, moveToDone())).toMatchObject({ body: { status: 'pending' } });
  const approval = press('approve_transition');
  const approved = await deliver(url, approval);
  expect(approved).toMatchObject({ status: 200, body: { status: 'success', data: { approvals_given: 1 } } });
  expect(await deliver(url, approval)).toEqual(approved);
  expect(await deliver(url, moveToDone())).toMatchObject({ body: { status: 'allow' } });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('instances that start at once and share few sessions keep everything once', async () => {
  const { url } = await createPostgresDatabase();
  const bouncer = await startPgBouncer(url);
  const events = { onRepeat: () => {}, onTrouble: () => {} };
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(bouncer, events)));
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  const people = Array.from({ length: 20 }, (_each, index) => `id:${index}`);
  await Promise.all(people.flatMap((person) => stores.map(({ approvals }) => approvals.give(issue, [person], now))));
  const delivery = { organization: '3', event: 'issue.created', keys: ['id:1', 'body:a'] };
  const claims = await Promise.all(stores.map(({ deliveries }) => deliveries.claim(delivery, now)));
  expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
  for (const { approvals } of stores) expect(await approvals.list(issue)).toHaveLength(people.length);
  // What one transaction sets is not there in the next one, whoever's that is.
  const { rows } = await runSql(bouncer, "select current_setting('statement_timeout') as timeout");
  expect(rows).toEqual([{ timeout: '0' }]);
});
