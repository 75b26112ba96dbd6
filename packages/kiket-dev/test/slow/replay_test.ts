import { expect, test } from 'vitest';
import { startBuilt } from '../support/builtServer.ts';
import { run } from '../support/processes.ts';

test('replay passes with the command that a server prints, without colours where nobody sees any', async () => {
  const server = await startBuilt({ KIKET_WEBHOOK_SECRET: '' });
  const [, command = ''] = await server.waitFor(/(npm run replay -- --url .+)\n/);
  const { code, stdout } = await run('sh', ['-c', command.replace('localhost', '127.0.0.1')]);
  expect(stdout).toMatch(/[1-9]\d* passed, 0 failed\n$/);
  expect(stdout).not.toContain('\u001B');
  expect(code).toBe(0);
});
