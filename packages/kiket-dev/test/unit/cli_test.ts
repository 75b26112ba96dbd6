import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { findRoot, loadServed, requireRoot } from '../../src/project.ts';
import { runHere } from '../support/commands.ts';
import { linkProject, projectRoot, temporaryFolder } from '../support/folders.ts';

const commands = ['sandbox', 'replay', 'lint', 'package', 'hosting', 'init', 'upgrade', 'dev', 'kiket'];

describe('kiket-dev', () => {
  test('lists its commands', async () => {
    const { code, stdout } = await runHere(main, ['--help']);
    expect([code, [...stdout.matchAll(/^ {2}(\w+) {2,}\S/gm)].map(([, name]) => name)]).toEqual([0, commands]);
  });

  test.each(commands)('%s helps', async (command) => {
    // What is published has no init, so only the template's own has it.
    const cwd = command === 'init' ? projectRoot : temporaryFolder();
    const { code, stdout, stderr } = await runHere(main, [command, '--help'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('--help');
  });

  test.each<[string[], unknown]>([
    [['dance'], `Unknown command "dance". Available: ${commands.join(', ')}.\n`],
    [['toString'], expect.stringMatching(/^Unknown command "toString"/)],
    [[], expect.stringMatching(/^Usage: kiket-dev COMMAND/)],
    [['replay', '--dance'], expect.stringMatching(/^Unknown option '--dance'/)],
  ])('%j is refused', async (words, why) => {
    const { code, stdout, stderr } = await runHere(main, words);
    expect([code, stdout, stderr]).toEqual([2, '', why]);
  });

  test('works on the project around the folder in which it runs', async () => {
    const { code, stdout } = await runHere(main, ['hosting'], { cwd: nestedIn(linkProject()) });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Self-hosted/)]);
  });

  test.each(['hosting', 'replay', 'package', 'dev', 'sandbox story'])('%s needs a project', async (words) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await runHere(main, words.split(' '), { cwd });
    expect([code, stderr]).toEqual([
      1,
      `No manifest found in ${cwd} or a folder above it. Add .kiket/manifest.yaml.\n`,
    ]);
  });
});

/** A folder in another one. */
function nestedIn(root: string): string {
  const folder = join(root, 'some', 'folder');
  mkdirSync(folder, { recursive: true });
  return folder;
}

describe('a project', () => {
  test.each(['.kiket/manifest.yaml', '.kiket/extensions/gate/manifest.yaml', 'extension.yaml'])(
    'is where %s is, the nearest one',
    (path) => {
      const outer = temporaryFolder();
      const root = nestedIn(outer);
      for (const folder of [outer, root]) {
        mkdirSync(join(folder, path, '..'), { recursive: true });
        writeFileSync(join(folder, path), '');
      }
      expect(findRoot(root)).toBe(root);
      expect(requireRoot(nestedIn(root))).toBe(root);
    },
  );

  test.each([
    ['export default { guards: {} };', { guards: {} }],
    ['export const extension = { guards: {} };', { guards: {} }],
    ['export default { guards: {} }; export const extension = {};', { guards: {} }],
  ])('in TypeScript exports its extension: %s', async (text, extension) => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src', 'extension.ts'), text);
    expect(await loadServed(root)).toEqual({ root, extension });
    writeFileSync(join(root, 'src', 'app.ts'), 'export const createApp = () => 1;');
    expect(await loadServed(root)).toEqual({ root, extension, createApp: expect.any(Function) as unknown });
  });

  test('that exports none is refused with a reason', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src', 'extension.ts'), 'export const guards = {};');
    await expect(loadServed(root)).rejects.toThrow('export an extension');
  });
});
