import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { deliver, press } from '../support/deliver.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

test('two instances over one PostgreSQL run an action once, however many copies of its delivery come in at once', async () => {
  const { url: DATABASE_URL } = await createPostgresDatabase();
  const servers = await Promise.all([startBuilt({ DATABASE_URL }), startBuilt({ DATABASE_URL })]);
  const payload = press('approve_transition');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_each, index) => deliver(servers[index % 2]?.url ?? '', payload)),
  );
  for (const { child } of servers) child.kill('SIGTERM');
  const outputs = await Promise.all(servers.map(({ finished }) => finished));
  const lines = outputs.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line.includes('"msg":"delivery"')));
  const first = { status: 'success', message: 'You approved issue 42: 1 of 1 approvals given.' };
  for (const { status, body } of answers) {
    const isRunning = status === 503;
    expect([status, body]).toMatchObject(isRunning ? [503, { error: { code: 'delivery_in_progress' } }] : [200, first]);
  }
  expect(lines).toHaveLength(20);
  expect(lines.filter((line) => !line.includes('"repeated":true'))).toHaveLength(1);
});

test('five servers that start at once over one new SQLite file all start', async () => {
  const DATABASE_URL = `file:${join(temporaryFolder(), 'guardian.db')}`;
  const servers = await Promise.all(Array.from({ length: 5 }, () => startBuilt({ DATABASE_URL })));
  const ready = await Promise.all(servers.map(({ url }) => fetch(`${url}/readyz`)));
  expect(ready.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});
