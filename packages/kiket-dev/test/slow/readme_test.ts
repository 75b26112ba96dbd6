import { describe, expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { deliver, moveToDone, press } from '../support/deliver.ts';
import { testSecret as secret } from 'kiket-express/testing';
import { readBlock } from '../support/markdown.ts';
import { createPostgresDatabase } from '../../../kiket-express/test/support/postgres.ts';
import { run, start } from '../support/processes.ts';

describe('the README', () => {
  test('shows how to run two instances, which count as one', async () => {
    const { url } = await createPostgresDatabase();
    // The ports first: an address of a database may have the same digits.
    const text = readBlock('README.md', 'two instances')
      .replaceAll(/808\d/g, '0')
      .replace('postgres://user:password@host/name', url);
    const { waitFor } = start('bash', ['-c', `${text}wait`], {
      env: { HOST: '127.0.0.1', KIKET_SDK_TELEMETRY_OPTOUT: '1' },
      ownGroup: true,
    });
    const [, one = '', other = ''] = await waitFor(/"port":(\d+)[^]*"port":(\d+)/);
    const post = (port: string, payload: unknown) =>
      deliver(`http://127.0.0.1:${port}`, payload, 'the-same-for-all').then(({ body }) => body);
    const { status } = await post(one, moveToDone());
    // Decisions are recorded behind the answer.
    const report = () => post(other, press('guardian_report'));
    await expect.poll(report).toMatchObject({ status: 'success', data: { [String(status)]: 1 } });
  });

  test('shows how to replay against a server, and how to send one file', async () => {
    const { url } = await startBuilt();
    // It runs on a port of its own, and not where the commands expect it.
    const commands = readBlock('README.md', 'a replay')
      .replaceAll(/ --url \S+/g, '')
      .replaceAll(' --secret', ` --url ${url}/webhook$&`);
    const env = { KIKET_WEBHOOK_SECRET: secret };
    const { code, stdout } = await run('bash', ['-e', '-c', commands], { env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/ passed, 0 failed\n[^]*\nHTTP 200\n/)]);
  });
});
