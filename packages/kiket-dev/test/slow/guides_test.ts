import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { testSecret } from 'kiket-express/testing';
import { expect, test } from 'vitest';
import { readAnswers, type Answers } from '../../src/init/answers.ts';
import { makeFork, type Files } from '../../src/init/fork.ts';
import { listFiles, readText } from '../../src/trackedFiles.ts';
import { rewrite } from '../support/checkout.ts';
import { deliver, moveToDone } from '../../../kiket-express/test/support/deliver.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { missingLines, readBlock, readBlocks, readPage, type Block } from '../support/markdown.ts';
import { freePort, run, start } from '../support/processes.ts';

/** The files of a fork over this repository's packages, which need neither a build nor an installation. */
function copyFork(): string {
  const folder = temporaryFolder();
  const template: Files = new Map(listFiles(projectRoot).map((path) => [path, readText(join(projectRoot, path))]));
  const own = ['README.md', 'vitest.config.ts'].map((path): [string, string] => [
    path,
    readText(join(import.meta.dirname, '../../fork', path)),
  ]);
  const answers = { id: 'com.acme.gate', name: 'Gate', repository: 'acme/gate', author: 'Acme', keep: 'all' };
  const origin = { version: '1.0.0', keepsPackages: false, instead: new Map(own) };
  for (const [path, text] of makeFork(template, readAnswers(answers) as Answers, origin)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The lines of a diff that were there, or those that are there after it. */
const side = (diff: string, sign: '-' | '+') =>
  diff
    .split('\n')
    .filter((line) => line.startsWith(sign) || line.startsWith(' '))
    .map((line) => line.slice(1))
    .join('\n');

test('tutorial.md builds a guard with a setting, a test and a replay step', { timeout: 300_000 }, async () => {
  const cwd = copyFork();
  const port = await freePort();
  // As init does: what is dropped leaves blank lines.
  await run('npm', ['run', 'format'], { cwd });
  const steps: Readonly<Record<string, (block: Block) => unknown>> = {
    save: ({ subject, text }) => writeFileSync(join(cwd, subject), text),
    append: ({ subject, text }) => appendFileSync(join(cwd, subject), `\n${text}`),
    edit: ({ subject, text }) => rewrite(cwd, subject, side(text, '-'), side(text, '+')),
    session: async ({ text }) => {
      for (const [, command = '', shown = ''] of text.matchAll(/^\$ (.+)\n((?:[^$].*\n|\n)*)/gm)) {
        const there = command.replace(/^npm run sandbox -- .*/, `$& --port ${port}`);
        // oxlint-disable-next-line no-await-in-loop -- each goes on where the one before has stopped
        const { code, stdout, stderr } = await run('bash', ['-c', there], { cwd, env: { NO_COLOR: '1' } });
        expect({ command, code, output: code === 0 ? '' : stdout + stderr }).toEqual({ command, code: 0, output: '' });
        expect(missingLines(stdout, shown), stdout).toEqual([]);
      }
    },
  };
  const blocks = readBlocks(readPage('packages/kiket-express/docs/tutorial.md').text);
  for (const block of blocks) {
    if (block.kind === 'internet') continue;
    expect(Object.keys(steps), `an unmarked block:\n${block.text}`).toContain(block.kind);
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await steps[block.kind ?? '']?.(block);
  }
});

/** Serves a file, and asks it about a move once it is there. */
async function askServer(cwd: string, file: string) {
  const port = await freePort();
  const env = {
    DATABASE_URL: 'file::memory:',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: testSecret,
    PORT: port,
  };
  start(process.execPath, [createRequire(import.meta.url).resolve('tsx/cli'), file], { cwd, env, ownGroup: true });
  const move = { ...moveToDone(), transition: { ...moveToDone().transition, from: 'todo' } };
  const ask = () => deliver(`http://127.0.0.1:${port}`, move).catch(() => undefined);
  await expect.poll(ask).toBeDefined();
  return (await ask())?.body;
}

test('the README of the library has a complete extension', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.kiket'));
  const page = 'packages/kiket-express/README.md';
  writeFileSync(join(folder, '.kiket', 'manifest.yaml'), readBlock(page, 'its manifest'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'index.ts'), readBlock(page, 'a complete extension'));
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  const reasons = [expect.objectContaining({ guard: 'reviewFirst', status: 'deny' })] as unknown[];
  expect(await askServer(folder, 'index.ts')).toMatchObject({ status: 'deny', metadata: { reasons } });
});

test('library.md serves an extension without a framework', async () => {
  const folder = copyFork();
  writeFileSync(
    join(folder, 'src', 'plain.ts'),
    readBlock('packages/kiket-express/docs/library.md', 'without a framework'),
  );
  expect(await askServer(folder, 'src/plain.ts')).toMatchObject({ status: 'pending' });
});
