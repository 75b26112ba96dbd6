import { expect, test } from 'vitest';
import { run, start } from '../support/processes.ts';

test('npm start serves, and replay passes with the command that it prints, without colours where nobody sees any', async () => {
  const env = { DATABASE_URL: 'file::memory:', HOST: '127.0.0.1', KIKET_SDK_TELEMETRY_OPTOUT: '1', PORT: '0' };
  const { waitFor } = start('npm', ['start'], { env, ownGroup: true });
  const [, command = ''] = await waitFor(/(npm run replay -- --url .+)\n/);
  const { code, stdout } = await run('sh', ['-c', command.replace('localhost', '127.0.0.1')]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/[1-9]\d* passed, 0 failed\n$/)]);
  expect(stdout).not.toContain('\u001B');
});
