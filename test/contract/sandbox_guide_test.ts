import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dotenv from 'dotenv';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/builtServer.ts';
import { missingLines, readBlock, readBlocks, readPage } from '../support/markdown.ts';
import { freePort, run, start } from '../support/processes.ts';
import { mira, startGuarded } from '../support/sandbox.ts';

describe('docs/getting-started.md', () => {
  test('shows what every command prints, one after the other', { timeout: 120_000 }, async () => {
    const options = ['--port', await freePort(), '--data', temporaryFolder()];
    const sandbox = start(process.execPath, ['--import', 'tsx', 'sandbox/index.ts', ...options], { ownGroup: true });
    await sandbox.waitFor(/Deliveries, as they are made/);
    const guide = readBlocks(readPage('docs/getting-started.md').text);
    const sessions = guide.filter(({ subject }) => subject === 'sandbox').map(({ text }) => text);
    const commands = sessions.flatMap((session) => [
      ...session.matchAll(/^\$ npm run sandbox -- (.+)\n((?:[^$].*\n)*)/gm),
    ]);
    expect(commands.length).toBeGreaterThan(6);
    for (const [, command = '', shown = ''] of commands) {
      const { stdout } = await run(process.execPath, [
        '--import',
        'tsx',
        'sandbox/index.ts',
        ...command.split(' '),
        ...options,
      ]);
      expect(missingLines(stdout, shown), command).toEqual([]);
    }
  });

  test('says how to ask for two approvals, and then two are needed', async () => {
    const block = readBlock('docs/getting-started.md', 'two approvals in the sandbox');
    const cwd = temporaryFolder();
    await run('bash', ['-c', block], { cwd });
    const sandbox = await startGuarded({}, dotenv.parse(readFileSync(join(cwd, '.env'))));
    const { message } = await sandbox.transition('ORD-43', { to: 'done', as: mira });
    expect(message).toContain('(0 of 2 given)');
  });
});
