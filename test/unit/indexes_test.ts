import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations.ts';
import { findNames } from '../../src/store/names.ts';
import { aboutIssue } from '../../src/store/place.ts';

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
  await migrate(database);
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
