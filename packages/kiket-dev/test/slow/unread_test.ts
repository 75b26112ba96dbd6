import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { freePort, run } from '../support/processes.ts';

test.each(['replay', 'lint', 'kiket --help', 'sandbox story', 'sandbox'])(
  'kiket-dev %s ends quietly where nobody reads it',
  async (command) => {
    const place = command === 'sandbox' ? `--port ${await freePort()} --data ${temporaryFolder()}` : '';
    const script = `npx kiket-dev ${command} ${place} | true; echo "\${PIPESTATUS[0]}"`;
    expect(await run('bash', ['-c', script])).toEqual({ code: 0, stdout: '0\n', stderr: '' });
  },
);
