import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { create } from 'tar';
import { describe, expect, test } from 'vitest';
import { newSince } from '../../src/upgrade/changelog.ts';
import { checksumOf, editedPackages, recordChecksums } from '../../src/upgrade/checksums.ts';
import { upgradeWith } from '../../src/upgrade/index.ts';
import type { RunNpm } from '../../src/upgrade/npm.ts';
import { runHere } from '../support/commands.ts';
import { temporaryFolder, writeFiles as write } from '../support/folders.ts';

const names = ['kiket-express', 'kiket-dev'];

/** Both packages of a version, as they are published. */
function writePackages(folder: string, version: string): void {
  for (const name of names) {
    write(join(folder, name), {
      'package.json': JSON.stringify({ name, version }),
      'dist/index.js': `export const version = '${version}';\n`,
      'CHANGELOG.md': `# Changelog\n\n## 1.1.0 - 2026-12-01\n\n- Checks more of ${name}.\n\n## 1.0.0 - 2026-11-01\n\n- Begins.\n`,
    });
  }
}

/** A fork of 1.0.0. */
function forkFolder(): string {
  const root = temporaryFolder();
  writePackages(join(root, 'packages'), '1.0.0');
  write(root, { 'package.json': '{}', 'src/extension.ts': 'export default {};\n' });
  recordChecksums(root, names);
  return root;
}

/** A folder with the files of a release. */
async function releaseFolder(version = '1.1.0'): Promise<string> {
  const [folder, staging] = [temporaryFolder(), temporaryFolder()];
  for (const name of names) {
    writePackages(staging, version);
    cpSync(join(staging, name), join(staging, 'package'), { recursive: true });
    await create({ gzip: true, cwd: staging, file: join(folder, `${name}-${version}.tgz`) }, ['package']);
  }
  return folder;
}

async function upgrade(root: string, argv: readonly string[], runNpm?: RunNpm) {
  const calls: string[] = [];
  const npm: RunNpm = (args, cwd) => {
    calls.push(args.join(' '));
    return runNpm?.(args, cwd) ?? '';
  };
  const ended = await runHere(upgradeWith(npm), argv, { cwd: root });
  return { ...ended, calls };
}

const versionIn = (root: string) =>
  names.map(
    (name) => /\d+\.\d+\.\d+/.exec(readFileSync(join(root, 'packages', name, 'dist', 'index.js'), 'utf8'))?.[0],
  );

describe('upgrade', () => {
  test.each<[string, (folder: string) => string[]]>([
    ['a folder with its files', (folder) => [folder]],
    ['its files', (folder) => names.map((name) => join(folder, `${name}-1.1.0.tgz`))],
  ])('to a release takes %s, and prints what is new', async (_what, words) => {
    const root = forkFolder();
    const { code, stdout, calls } = await upgrade(root, words(await releaseFolder()));
    expect([code, versionIn(root)]).toEqual([0, ['1.1.0', '1.1.0']]);
    expect(stdout).toMatch(
      /kiket-express 1\.0\.0 → 1\.1\.0\n\n## 1\.1\.0 - 2026-12-01\n\n- Checks more of kiket-express\.\n/,
    );
    expect(stdout).not.toContain('Begins');
    expect(calls).toEqual([expect.stringMatching(/^install /)]);
    expect(editedPackages(root, names)).toEqual([]);
    expect(readFileSync(join(root, 'src/extension.ts'), 'utf8')).toBe('export default {};\n');
  });

  test('takes a folder with both packages', async () => {
    const [root, release] = [forkFolder(), temporaryFolder()];
    writePackages(release, '1.1.0');
    expect((await upgrade(root, [release])).code).toBe(0);
    expect(versionIn(root)).toEqual(['1.1.0', '1.1.0']);
  });

  test.each([
    [[], 'latest'],
    [['1.1.0'], '1.1.0'],
  ])('with %j takes %s from npm', async (words, version) => {
    const root = forkFolder();
    const release = await releaseFolder();
    const { code, calls } = await upgrade(root, words, ([verb = '', name = '', , target = '']) => {
      if (verb !== 'pack') return '';
      const file = `${name.replace(/@.*/, '')}-1.1.0.tgz`;
      cpSync(join(release, file), join(target, file));
      return file;
    });
    expect([code, versionIn(root)]).toEqual([0, ['1.1.0', '1.1.0']]);
    expect(calls.slice(0, 2)).toEqual(
      names.map((name) => expect.stringContaining(`pack ${name}@${version} `) as string),
    );
  });

  test.each(['E404', 'ETARGET'])('to a version that npm does not have (%s) names the other way', async (reason) => {
    const root = forkFolder();
    const { code, stderr } = await upgrade(root, ['1.1.0'], () => {
      throw new Error(`npm pack failed:\nnpm error code ${reason}`);
    });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^npm has no kiket-express@1\.1\.0\..*FOLDER\n$/)]);
  });

  test('leaves packages alone that somebody edited, unless it is forced', async () => {
    const root = forkFolder();
    writeFileSync(join(root, 'packages/kiket-dev/dist/index.js'), 'mine 0.0.1');
    const release = await releaseFolder();
    const refused = await upgrade(root, [release]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/^packages\/kiket-dev was edited[^]*--force\n$/),
    ]);
    expect([versionIn(root), refused.calls]).toEqual([['1.0.0', '0.0.1'], []]);
    expect((await upgrade(root, [release, '--force'])).code).toBe(0);
    expect(versionIn(root)).toEqual(['1.1.0', '1.1.0']);
  });

  test.each<[string, (root: string) => string[], RegExp]>([
    ['of nothing that is there', () => ['no/such.tgz'], /Unknown release/],
    ['of one package', (root) => [join(root, 'one')], /lacks kiket-express/],
    ['of sources', (root) => [join(root, 'sources')], /has sources but no dist/],
    ['of other packages', (root) => [join(root, 'others')], /isn't a release of kiket-express/],
    ['of two versions', (root) => [join(root, 'mixed')], /mixes kiket-express 1\.1\.0 and kiket-dev 1\.2\.0/],
    ['of a device', (root) => [join(root, 'kiket-express-1.tgz')], /is a pipe, a socket or a device/],
  ])('%s changes nothing', async (_what, words, message) => {
    const root = forkFolder();
    for (const name of names)
      write(join(root, 'others', name), { 'package.json': '{"name":"x"}', 'dist/index.js': '' });
    write(join(root, 'one/kiket-dev'), { 'package.json': '{}', 'dist/index.js': '' });
    for (const name of names) write(join(root, 'sources', name), { 'package.json': '{}', 'src/index.ts': '' });
    writePackages(join(root, 'mixed'), '1.1.0');
    write(join(root, 'mixed/kiket-dev'), { 'package.json': '{"name":"kiket-dev","version":"1.2.0"}' });
    symlinkSync('/dev/null', join(root, 'kiket-express-1.tgz'));
    const { code, stderr, calls } = await upgrade(root, words(root));
    expect([code, stderr, calls]).toEqual([2, expect.stringMatching(message), []]);
    expect(versionIn(root)).toEqual(['1.0.0', '1.0.0']);
  });

  test('puts the packages back if npm fails', async () => {
    const root = forkFolder();
    const { code, stderr } = await upgrade(root, [await releaseFolder()], () => {
      expect(versionIn(root)).toEqual(['1.1.0', '1.1.0']);
      throw new Error('npm install failed');
    });
    expect([code, stderr]).toEqual([1, 'The upgrade was undone, because it failed: npm install failed\n']);
    expect([versionIn(root), editedPackages(root, names)]).toEqual([['1.0.0', '1.0.0'], []]);
    expect(readdirSync(join(root, 'packages')).toSorted()).toEqual(['checksums.json', 'kiket-dev', 'kiket-express']);
  });

  test('after one that was killed begins with the packages from before', async () => {
    const root = forkFolder();
    mkdirSync(join(root, 'packages', '.upgrade'));
    renameSync(join(root, 'packages', 'kiket-dev'), join(root, 'packages', '.upgrade', 'kiket-dev-before'));
    expect(await upgrade(root, [await releaseFolder()])).toMatchObject({ code: 0, stderr: '' });
    expect(versionIn(root)).toEqual(['1.1.0', '1.1.0']);
  });

  test('after one that was killed while it cleaned up keeps the new packages', async () => {
    const root = forkFolder();
    const half = join(root, 'packages', '.upgrade-gone', 'kiket-dev-before');
    write(half, { 'package.json': '{}' });
    expect(await upgrade(root, [await releaseFolder()])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(root, 'packages')).toSorted()).toEqual(['checksums.json', 'kiket-dev', 'kiket-express']);
  });

  test('with one damaged file in an archive changes nothing', async () => {
    const [root, release] = [forkFolder(), await releaseFolder()];
    const file = join(release, 'kiket-dev-1.1.0.tgz');
    const tar = gunzipSync(readFileSync(file));
    tar.write('X', tar.indexOf('package/dist/index.js'));
    writeFileSync(file, gzipSync(tar));
    const { code, stderr } = await upgrade(root, [release]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('checksum')]);
    expect(versionIn(root)).toEqual(['1.0.0', '1.0.0']);
  });
});

test('a checksum is of names and contents, and not of what npm puts there', () => {
  const folder = temporaryFolder();
  write(folder, { 'a.js': '1', 'b/c.js': '2' });
  const before = checksumOf(folder);
  write(folder, { 'node_modules/x/index.js': '3' });
  expect(checksumOf(folder)).toBe(before);
  write(folder, { 'b/c.js': '3' });
  const changed = checksumOf(folder);
  write(folder, { 'b/c.js': '2', 'b/d.js': '' });
  expect(new Set([before, changed, checksumOf(folder)]).size).toBe(3);
});

test.each([
  ['1.0.0', '## 1.2.0 - 2026-12-02\n\n- c\n\n## [1.1.0] - 2026-12-01\n\n- b'],
  ['1.1.0', '## 1.2.0 - 2026-12-02\n\n- c'],
  ['1.2.0', ''],
  ['0.9.0', '## 1.2.0 - 2026-12-02\n\n- c\n\n## [1.1.0] - 2026-12-01\n\n- b\n\n## v1.0.0\n\n- a'],
])('what came after %s', (version, news) => {
  const changelog =
    '# Changelog\n\nWords.\n\n## 1.2.0 - 2026-12-02\n\n- c\n\n## [1.1.0] - 2026-12-01\n\n- b\n\n## v1.0.0\n\n- a\n';
  expect(newSince(changelog, version)).toBe(news);
});
