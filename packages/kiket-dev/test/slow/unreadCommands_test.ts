import { expect, test } from 'vitest';
import { runUnread } from '../support/unread.ts';

test.each(['scripts/replay.ts', 'scripts/lint.ts --only kiket', 'scripts/kiket.ts --help'])(
  '%s ends quietly where nobody reads it',
  async (command) => {
    expect(await runUnread(command)).toEqual({ code: 0, stdout: '0\n', stderr: '' });
  },
);
