import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { freePort } from '../support/processes.ts';
import { runUnread } from '../support/unread.ts';

test('the story of the sandbox ends quietly where nobody reads it', async () => {
  expect(await runUnread('sandbox story')).toEqual({ code: 0, stdout: '0\n', stderr: '' });
});

test('a sandbox that stays ends where nobody reads it', async () => {
  const place = `--port ${await freePort()} --data ${join(temporaryFolder(), 'data')}`;
  expect(await runUnread(`sandbox ${place}`)).toEqual({ code: 0, stdout: '0\n', stderr: '' });
});
