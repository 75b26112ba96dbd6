import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { expectApprovalsToSurviveAKill } from '../support/crashes.ts';
import { deliver, press } from '../support/deliver.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

// Many more of these, and a run that dies half way: test/soak/crashes_test.ts.

test('approvals that were acknowledged survive kill -9 over SQLite', async () => {
  const databaseUrl = `file:${join(temporaryFolder(), 'guardian.db')}`;
  await expect(expectApprovalsToSurviveAKill(databaseUrl, 42)).resolves.toBeUndefined();
});

test('and over PostgreSQL, where the other instance continues', async () => {
  const { url } = await createPostgresDatabase();
  const other = await startBuilt({ DATABASE_URL: url });
  await expectApprovalsToSurviveAKill(url, 42);
  expect(await deliver(other.url, press('approve_transition'))).toMatchObject({ status: 200 });
});
