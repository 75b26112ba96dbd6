import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/setup.ts';
import { temporaryFolder } from '../support/builtServer.ts';
import { missingLines, readBlocks } from '../support/markdown.ts';
import { run, start } from '../support/processes.ts';
import { freePort } from '../support/sandbox.ts';

describe('docs/getting-started.md', () => {
  const guide = readBlocks(readFileSync(join(projectRoot, 'docs', 'getting-started.md'), 'utf8'));

  test('shows the story as it is told', { timeout: 30_000 }, async () => {
    const [output] = guide.filter(({ kind }) => kind === 'output');
    const [command = '', ...words] = output?.subject.split(' ') ?? [];
    expect((await run(command, words)).stdout).toBe(output?.text);
  });

  test('shows what every command prints, one after the other', { timeout: 60_000 }, async () => {
    const options = ['--port', await freePort(), '--data', temporaryFolder()];
    const sandbox = start('npx', ['tsx', 'sandbox/index.ts', ...options], { ownGroup: true });
    onTestFinished(() => void process.kill(-(sandbox.child.pid ?? 0), 'SIGKILL'));
    await sandbox.waitFor(/Deliveries, as they are made/);
    const sessions = guide.filter(({ kind }) => kind === 'session').map(({ text }) => text);
    const commands = sessions.flatMap((session) => [
      ...session.matchAll(/^\$ npm run sandbox -- (.+)\n((?:[^$].*\n)*)/gm),
    ]);
    expect(commands.length).toBeGreaterThan(6);
    for (const [, command = '', shown = ''] of commands) {
      const { stdout } = await run('npx', ['tsx', 'sandbox/index.ts', ...command.split(' '), ...options]);
      expect(missingLines(stdout, shown), command).toEqual([]);
    }
  });

  test('has no code that nothing checks', () => {
    const unchecked = guide.filter(({ kind, language }) => kind === undefined && language !== 'sh');
    expect(unchecked).toEqual([]);
  });
});
