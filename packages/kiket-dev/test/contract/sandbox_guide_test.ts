import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dotenv from 'dotenv';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { runHere } from '../support/commands.ts';
import { missingLines, readBlock, readBlocks, readPage, readPages } from '../support/markdown.ts';
import { run } from '../support/processes.ts';
import { mira, startGuarded } from '../support/sandbox.ts';
import { openCommand, sandboxHere } from '../support/sandboxCommand.ts';

describe('the pages', () => {
  const blocks = readPages().flatMap(({ text }) => readBlocks(text));
  const outputs = blocks.filter(({ kind, subject }) => kind === 'output' && /\bsandbox\b/.test(subject));

  test.each(outputs)('show what `$subject` prints', async ({ subject, text }) => {
    const [command = '', words = ''] = subject.split(/ -- (.*)/);
    expect(command).toMatch(/^npm run (?:--silent )?sandbox$/);
    const { stdout } = await runHere(sandboxHere, words.split(' '));
    expect(missingLines(stdout, text)).toEqual([]);
  });
});

describe('docs/getting-started.md', () => {
  test('shows what every command prints, one after the other', async () => {
    const { startSandbox, command } = await openCommand();
    await startSandbox();
    const guide = readBlocks(readPage('docs/getting-started.md').text);
    const sessions = guide.filter(({ subject }) => subject === 'sandbox').map(({ text }) => text);
    const commands = sessions.flatMap((session) => [
      ...session.matchAll(/^\$ npm run sandbox -- (.+)\n((?:[^$].*\n)*)/gm),
    ]);
    expect(commands.length).toBeGreaterThan(6);
    for (const [, words = '', shown = ''] of commands) {
      const { stdout } = await command(...words.split(' '));
      expect(missingLines(stdout, shown), words).toEqual([]);
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
