import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dotenv from 'dotenv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/builtServer.ts';
import { missingLines, readBlocks, readPage } from '../support/markdown.ts';
import { run, start } from '../support/processes.ts';
import { freePort, mira, startGuarded } from '../support/sandbox.ts';

describe('docs/getting-started.md', () => {
  const guide = readBlocks(readPage('docs/getting-started.md').text);

  test('shows what every command prints, one after the other', { timeout: 120_000 }, async () => {
    const options = ['--port', await freePort(), '--data', temporaryFolder()];
    const sandbox = start(process.execPath, ['--import', 'tsx', 'sandbox/index.ts', ...options], { ownGroup: true });
    onTestFinished(() => void process.kill(-(sandbox.child.pid ?? 0), 'SIGKILL'));
    await sandbox.waitFor(/Deliveries, as they are made/);
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
    const [block] = guide.filter(({ subject }) => subject === 'two approvals in the sandbox');
    const cwd = temporaryFolder();
    await run('bash', ['-c', block?.text ?? ''], { cwd });
    const sandbox = await startGuarded({}, dotenv.parse(readFileSync(join(cwd, '.env'))));
    const { message } = await sandbox.transition('ORD-43', { to: 'done', as: mira });
    expect(message).toContain('(0 of 2 given)');
  });
});
