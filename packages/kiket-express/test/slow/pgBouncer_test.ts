import { sql } from 'kysely';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open.ts';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone, press } from '../support/deliver.ts';
import { hasPgBouncer, startPgBouncer } from '../support/pgBouncer.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

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
});

test('limits apply in each transaction, and not to the next user of the session', async () => {
  const { url } = await createPostgresDatabase();
  const bouncer = await startPgBouncer(url);
  const database = await openDatabase(bouncer, { onTrouble: () => {} });
  onTestFinished(() => database.destroy());
  const limits = sql<{ setting: string }>`select setting from pg_settings
    where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`;
  const read = async (from: Database) => (await limits.execute(from)).rows.map(({ setting }) => setting);
  const inTransactions = await Promise.all(Array.from({ length: 5 }, () => database.transaction().execute(read)));
  for (const inTransaction of inTransactions) expect(inTransaction).toEqual(['5000', '3000']);
  expect(await read(database)).toEqual(['0', '0']);
});
