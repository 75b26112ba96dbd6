import { chmodSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tar from 'tar';
import { beforeEach, describe, expect, test } from 'vitest';
import { listContents } from '../../src/package/contents.ts';
import { packFiles } from '../../src/package/tarball.ts';
import { stagePackage } from '../../src/release/stage.ts';
import { temporaryFolder, writeFiles } from '../support/folders.ts';
import { commit, git } from '../support/checkout.ts';

// The command itself, with a build: test/slow/package_test.ts.

const files: Readonly<Record<string, string>> = {
  '.ci/run': '#!/bin/sh\n',
  '.env.example': 'PORT=\n',
  '.gitignore': 'dist/\n.env\n*.log\n',
  '.kiket/manifest.yaml': 'extension: {}\n',
  LICENSE: 'MIT\n',
  'README.md': '# Grüße\n',
  'docs/Größe und Ort.md': 'A name with spaces.\n',
  'package.json': '{}\n',
  'src/index.ts': 'export {};\n',
};
const tracked = Object.keys(files).toSorted();
const enough = 1024 * 1024;

const write = (folder: string, path: string, text: string) => writeFiles(folder, { [path]: text });

/** A small repository with all of it committed. */
async function createRepository(): Promise<string> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  chmodSync(join(folder, '.ci', 'run'), 0o755);
  await git(folder, 'init', '--quiet');
  await commit(folder);
  return folder;
}

let folder = '';
beforeEach(async () => {
  folder = await createRepository();
});

describe('what a package holds', () => {
  const pathsOf = () => listContents(folder).files.map(({ path }) => path);

  test('is what git tracks, and nothing has changed', () => {
    write(folder, '.env', 'KIKET_WEBHOOK_SECRET=very-secret\n');
    write(folder, 'dist/index.js', 'an old build\n');
    expect(listContents(folder)).toMatchObject({ leftOut: [], changed: [] });
    expect(pathsOf()).toEqual(tracked);
  });

  test('is never what is tracked by mistake', async () => {
    const mistakes = [
      '.ENV',
      '.env.production',
      '.env/key',
      '.envrc',
      'debug.log',
      'examples/node_modules/left.js',
      'vault',
    ];
    write(folder, '.git/info/attributes', 'vault filter=crypt\n*.md filter=lfs\n*.ts -filter\n');
    await git(folder, 'config', 'filter.crypt.clean', 'tr a-z b-za');
    for (const path of mistakes) write(folder, path, 'secret\n');
    await git(folder, 'add', '--force', ...mistakes);
    await commit(folder);
    expect(listContents(folder).leftOut).toEqual(mistakes);
    expect(pathsOf()).toEqual(tracked);
  });

  test('says what differs from the last commit, and has what is left of it', async () => {
    await git(folder, 'config', 'status.showUntrackedFiles', 'no');
    write(folder, 'README.md', 'More.\n');
    write(folder, 'src/more.ts', 'export {};\n');
    rmSync(join(folder, 'LICENSE'));
    expect(listContents(folder).changed.toSorted()).toEqual(['LICENSE', 'README.md', 'src/more.ts']);
    expect(pathsOf()).toEqual(tracked.filter((path) => path !== 'LICENSE'));
  });

  test.each(['--skip-worktree', '--assume-unchanged'])('says what git was told not to look at: %s', async (mark) => {
    await git(folder, 'update-index', mark, 'README.md');
    write(folder, 'README.md', 'A local secret.\n');
    expect(listContents(folder).changed).toEqual(['README.md (marked --skip-worktree or --assume-unchanged)']);
  });

  test('finds what a monitor of the folder has missed', async () => {
    const monitor = join(temporaryFolder(), 'monitor');
    writeFileSync(monitor, '#!/bin/sh\nprintf "nothing\\0"\n', { mode: 0o755 });
    await git(folder, 'config', 'core.fsmonitor', monitor);
    await git(folder, 'status');
    write(folder, 'README.md', 'A local secret.\n');
    expect(listContents(folder).changed).toEqual(['README.md']);
  });

  test.each<[string, (path: string) => unknown]>([
    ['link', (path) => symlinkSync('/etc/hostname', path)],
    ['folder', (path) => write(path, 'secret.txt', 'secret\n')],
    [
      'file that git leaves out of the folder',
      (path) => git(dirname(path), 'update-index', '--skip-worktree', 'LICENSE'),
    ],
  ])('can be no %s in place of a file', async (_what, replace) => {
    const path = join(folder, 'LICENSE');
    rmSync(path);
    await replace(path);
    expect(() => listContents(folder)).toThrow("LICENSE isn't a plain file");
  });

  test('can be no link that is committed, even where git writes links as files', async () => {
    symlinkSync('/etc/hostname', join(folder, 'host'));
    await commit(folder);
    rmSync(join(folder, 'host'));
    await git(folder, '-c', 'core.symlinks=false', 'checkout', 'host');
    expect(() => listContents(folder)).toThrow("host isn't a plain file");
  });

  test('is each file once, also in a conflict', async () => {
    for (const text of ['one', 'two']) {
      write(folder, 'README.md', text);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await commit(folder);
    }
    await expect(git(folder, 'revert', '--no-commit', 'HEAD~')).rejects.toThrow('conflict');
    expect(listContents(folder)).toMatchObject({ changed: ['README.md'] });
    expect(pathsOf()).toEqual(tracked);
  });

  test('cannot be known without a repository', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    expect(() => listContents(folder)).toThrow(/a git repository\..* git init && git add/);
  });
});

test('a release holds nothing that git ignores', async () => {
  const source = join(folder, 'packages', 'kiket-dev');
  writeFiles(source, {
    'package.json': JSON.stringify({ repository: { url: 'https://example.com', directory: 'packages/kiket-dev' } }),
    'docs/.env': 'secret',
    'docs/guide.md': '# Guide',
    'src/index.ts': 'export {};',
    'src/sandbox/page/debug.log': 'secret',
    'src/sandbox/page/main.js': 'export {};',
  });
  const target = join(folder, 'release');
  await stagePackage(source, target, 'version');
  const staged = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
  const expected = ['dist/index.js', 'dist/sandbox/page/main.js', 'docs/guide.md', 'package.json'];
  expect(staged.toSorted()).toEqual(expected);
});

describe('a tarball', () => {
  test('has the same bytes again: later, elsewhere, and for people with another umask', async () => {
    const other = await createRepository();
    for (const path of ['README.md', 'src/index.ts']) utimesSync(join(other, path), 1, 1);
    for (const [path, mode] of Object.entries({ 'README.md': 0o600, '.ci/run': 0o700 })) {
      chmodSync(join(other, path), mode);
    }
    const pack = (root: string) => packFiles(root, listContents(root).files, enough);
    const [first, second] = [await pack(folder), await pack(other)];
    expect(second.equals(first)).toBe(true);

    const file = join(other, 'package.tar.gz');
    writeFileSync(file, second);
    const modes: Record<string, number | undefined> = {};
    await tar.list({ file, onReadEntry: ({ path, mode }) => void (modes[path] = mode) });
    const expected = tracked.map((path) => [path, path === '.ci/run' ? 0o755 : 0o644]);
    expect(modes).toEqual(Object.fromEntries(expected));
  });

  test('that gets too large is refused, and what is large is named', async () => {
    const noise = Array.from({ length: 2_000 }, () => Math.random()).join('');
    write(folder, 'film.bin', noise);
    await commit(folder);
    const packing = packFiles(folder, listContents(folder).files, 10_000);
    await expect(packing).rejects.toThrow(/larger than 0\.0 MiB[^]*film\.bin \(0\.0 MiB\)/);
  });
});
