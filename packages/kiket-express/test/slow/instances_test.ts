import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { deliver, mira, moveToDone, press } from '../support/deliver.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/** Two servers that share nothing but a database. */
async function startTwo() {
  const { url } = await createPostgresDatabase();
  const servers = await Promise.all([startBuilt({ DATABASE_URL: url }), startBuilt({ DATABASE_URL: url })]);
  const stop = async () => {
    for (const { child } of servers) child.kill('SIGTERM');
    const outputs = await Promise.all(servers.map(({ finished }) => finished));
    return outputs.flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  };
  return { databaseUrl: url, urls: servers.map((server) => server.url), stop };
}

describe('two instances over one PostgreSQL', () => {
  test('run an action once, however many copies of its delivery come in at once', async () => {
    const { urls, stop } = await startTwo();
    const payload = press('approve_transition');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_each, index) => deliver(urls[index % 2] ?? '', payload)),
    );
    const lines = (await stop()).filter(({ msg }) => msg === 'delivery');
    const first = { status: 'success', message: 'You approved issue 42: 1 of 1 approvals given.' };
    for (const { status, body } of answers) {
      const isRunning = status === 503;
      expect([status, body]).toMatchObject(
        isRunning ? [503, { error: { code: 'delivery_in_progress' } }] : [200, first],
      );
    }
    expect(lines).toHaveLength(20);
    expect(lines.filter(({ repeated }) => repeated !== true)).toHaveLength(1);
  });

  test('count what was approved on either, and report each decision once', async () => {
    const { databaseUrl, urls, stop } = await startTwo();
    const [one = '', other = ''] = urls;
    const before = await deliver(one, moveToDone());
    await deliver(other, press('approve_transition'));
    const again = moveToDone();
    const after = await Promise.all([one, other, one, other].map((url) => deliver(url, again)));
    expect(before.body).toMatchObject({ status: 'pending' });
    expect(after.map(({ body }) => body['status'])).toEqual(['allow', 'allow', 'allow', 'allow']);
    await stop();

    const third = await startBuilt({ DATABASE_URL: databaseUrl });
    const report = await deliver(third.url, press('guardian_report', mira));
    expect(report.body).toMatchObject({ data: { allow: 1, pending: 1, deny: 0 } });
  });
});

test('five servers that start at once over one new SQLite file all start', async () => {
  const DATABASE_URL = `file:${join(temporaryFolder(), 'guardian.db')}`;
  const servers = await Promise.all(Array.from({ length: 5 }, () => startBuilt({ DATABASE_URL })));
  const ready = await Promise.all(servers.map(({ url }) => fetch(`${url}/readyz`)));
  expect(ready.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});
