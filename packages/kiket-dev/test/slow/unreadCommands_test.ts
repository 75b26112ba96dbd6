import { expect, test } from 'vitest';
import { runUnread } from '../support/unread.ts';

test.each(['replay', 'lint --only kiket', 'kiket --help'])('%s ends quietly where nobody reads it', async (command) => {
  expect(await runUnread(command)).toEqual({ code: 0, stdout: '0\n', stderr: '' });
});
