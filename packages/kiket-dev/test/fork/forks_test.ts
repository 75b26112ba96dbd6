import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftoverNames } from '../../src/lint/leftoverNames.ts';
import { listFiles } from '../../src/lint/trackedFiles.ts';
import { projectRoot } from '../support/folders.ts';
import { isFull } from '../../../kiket-express/test/support/fullTests.ts';

/** Runs a command in a fork, with its output on the terminal, and without this machine's settings. Returns its exit code. */
function runIn(folder: string, command: string, ...words: string[]): number | null {
  const { PATH = '', HOME = '', TMPDIR = tmpdir() } = process.env;
  return spawnSync(command, words, { cwd: folder, env: { PATH, HOME, TMPDIR }, stdio: 'inherit' }).status;
}

// A name that is hard to write down, and one that is a part of the template's. The fork that has the least always runs.
const forks: [keep: string, id: string, name: string, repository: string][] = [
  ['none', 'dev.zoe.first', 'First', 'zoe/webhook-guardian'],
  ['all', 'com.acme.release-gate', "Acme's Gate: rock & röll #1", 'acme/release-gate'],
  ['freeze,approvals', 'com.acme.gate', 'The Webhook Guardian of Acme', 'acme/gate.js'],
];

describe.each(isFull ? forks : forks.slice(0, 1))('a fork that keeps %s', (keep, id, name, repository) => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guardian-fork-'));
    for (const file of listFiles(projectRoot)) cpSync(join(projectRoot, file), join(folder, file));
    cpSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    runIn(folder, 'git', 'init', '--quiet');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is made with npm run init', () => {
    const answers = ['--id', id, '--name', name, '--repository', repository, '--author', 'Zoë', '--keep', keep];
    expect(runIn(folder, 'npm', 'run', 'init', '--', ...answers, '--yes', '--force')).toBe(0);
  });

  test.each(['lint', 'test', 'replay'])('passes npm run %s', (script) => {
    expect(runIn(folder, 'npm', 'run', script)).toBe(0);
  });

  test('has no leftover names', () => {
    expect(leftoverNames(folder)).toEqual([]);
  });
});
