import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { createApprovals } from '../../src/store/approvals.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { findWaiting, useDecisions } from '../../src/store/history.ts';
import { migrate } from '../../src/store/migrations.ts';
import { findNames } from '../../src/store/names.ts';
import { aboutIssue } from '../../src/store/place.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

const place = { organization: '3', projectId: '7', projectKey: undefined };

test.each([
  ['approvals', { id: '4711', key: 'ORD-1' }],
  ['approvals', { id: '4711', key: undefined }],
  ['approvals', { id: undefined, key: 'ORD-1' }],
  ['decisions', { id: '4711', key: 'ORD-1' }],
  ['decisions', { id: '4711', key: undefined }],
  ['decisions', { id: undefined, key: 'ORD-1' }],
] as const)('%s of an issue known by %j are found without reading those of others', async (table, { id, key }) => {
  const database = await openDatabase('file::memory:', { onTrouble: () => {} });
  onTestFinished(() => database.destroy());
  await migrate(database, { lock: false });
  const time = table === 'approvals' ? 'given_at' : 'decided_at';
  const known = await findNames(database, { ...place, id, key });
  const rows = database
    .selectFrom(table)
    .select('id')
    .where((eb) => aboutIssue(eb, known))
    .where(sql.ref(time), '<=', '2026-11-24')
    .orderBy(sql.ref(time), 'desc');
  const plan = await rows.explain<{ detail: string }>(undefined, sql.raw('query plan'));
  const searches = plan.map(({ detail }) => detail).filter((detail) => /^(?:SEARCH|SCAN)/.test(detail));
  const named = [...(id === undefined ? [] : ['issue_id']), ...(key === undefined ? [] : ['issue_key'])];
  expect(searches).toEqual(
    named.map((column) => `SEARCH ${table} USING INDEX ${table}_by_${column} (${column}=? AND organization=?)`),
  );
});

/** Finds by what few rows have. */
const selective =
  /^SEARCH .* USING .*INDEX \w+ \((?:(?:id|alias|other_id|one|issue_id|issue_key)=\?|(?:bound_at|decided_at)>\?)/;

test('nothing that an approval goes through reads a whole table', async () => {
  const statements: { sql: string; parameters: readonly unknown[] }[] = [];
  const database: Database = new Kysely({
    dialect: await openSqlite(':memory:'),
    log: ({ query }) => void statements.push(query),
  });
  onTestFinished(() => database.destroy());
  await migrate(database, { lock: false });
  const now = new Date('2026-03-02T12:00:00Z');
  const issue = { ...place, subdomain: 'subdomain:acme', projectKey: 'ORD', id: '42', key: 'ORD-42' };
  const approvals = createApprovals(database);
  statements.length = 0;
  await findNames(database, { ...issue, organization: 'subdomain:acme', id: undefined });
  await approvals.bind(await approvals.give(issue, ['id:19', 'email:mira@example.com'], now), 'done', now);
  await approvals.list(issue, now);
  await approvals.use({ ...issue, organization: 'unknown', id: undefined }, { givenUntil: now, now });
  await approvals.revoke(issue, ['id:19'], now);
  await findWaiting(database, issue, now);
  await useDecisions(database, issue, { decidedUntil: now, now });

  const asked = statements.filter(({ sql: text }) => /^(?:select|update|delete)/.test(text));
  expect(asked.length).toBeGreaterThan(20);
  // To explain is to read, whatever is explained: it must not run in a transaction.
  const reading = database.selectFrom('approvals').selectAll().compile();
  for (const { sql: text, parameters } of asked) {
    const plan = await database.executeQuery<{ detail: string }>({
      ...reading,
      sql: `explain query plan ${text}`,
      parameters,
    });
    const searches = plan.rows.map(({ detail }) => detail).filter((detail) => /^(?:SCAN|SEARCH)/.test(detail));
    expect(
      searches.filter((detail) => !selective.test(detail)),
      text,
    ).toEqual([]);
  }
});
