import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../kiket-express/test/support/builtServer.ts';
import { freePort } from '../../../kiket-express/test/support/processes.ts';
import { runUnread } from '../support/unread.ts';

test('the story of the sandbox ends quietly where nobody reads it', async () => {
  expect(await runUnread('sandbox/index.ts story')).toEqual({ code: 0, stdout: '0\n', stderr: '' });
});

test('a sandbox that stays ends where nobody reads it', async () => {
  const place = `--port ${await freePort()} --data ${join(temporaryFolder(), 'data')}`;
  expect(await runUnread(`sandbox/index.ts ${place}`)).toEqual({ code: 0, stdout: '0\n', stderr: '' });
});
