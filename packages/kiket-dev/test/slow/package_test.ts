import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as tar from 'tar';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadManifest } from 'kiket-express/manifest';
import { projectRoot, temporaryFolder } from '../support/folders.ts';
import { cloneRepository, commit, copyRepository, git } from '../support/checkout.ts';
import { run } from '../support/processes.ts';

const { id, version } = loadManifest(projectRoot);
const name = `${id.replaceAll('.', '-')}-${version}.tar.gz`;

/** `npm run package` in a copy of this repository. */
function pack(folder: string, options: string[] = [], { umask = '022', zone = 'UTC' } = {}) {
  const command = `umask ${umask} && exec npx kiket-dev package "$@"`;
  return run('bash', ['-c', command, 'package', ...options], { cwd: folder, env: { TZ: zone } });
}

async function namesIn(file: string): Promise<string[]> {
  const names: string[] = [];
  await tar.list({ file, onReadEntry: ({ path }) => void names.push(path) });
  return names;
}

describe('npm run package', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await cloneRepository();
  });

  test('packs what git tracks and a fresh build, and says what it made', async () => {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'index.js'), 'an old build');
    writeFileSync(join(folder, '.env'), 'KIKET_WEBHOOK_SECRET=very-secret');
    const { code, stdout } = await pack(folder);
    const file = join(folder, 'dist', name);
    const tracked = (await git(folder, 'ls-files')).trim().split('\n');
    const built = ['dist/index.js', 'dist/server.cjs', 'dist/server.cjs.map'];
    expect((await namesIn(file)).toSorted()).toEqual([...tracked, ...built].toSorted());
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`dist/${name}\n  ${tracked.length + built.length} files, `),
    ]);
    expect(stdout).toContain(`  sha256 ${sha256}\n`);
    const unpacked = temporaryFolder();
    await tar.extract({ file, cwd: unpacked });
    expect(readFileSync(join(unpacked, 'dist', 'index.js'), 'utf8')).not.toBe('an old build');
    expect(readFileSync(join(unpacked, 'README.md'))).toEqual(readFileSync(join(folder, 'README.md')));
  });

  test('makes the same bytes again: later, elsewhere, in another zone, for people with another umask', async () => {
    const [first, second] = [join(temporaryFolder(), 'one'), join(temporaryFolder(), 'other')];
    const other = await cloneRepository();
    for (const path of ['README.md', 'src/index.ts']) utimesSync(join(other, path), 1, 1);
    // What a clone by somebody with another umask looks like.
    for (const path of ['README.md', '.ci/run']) chmodSync(join(other, path), path === '.ci/run' ? 0o700 : 0o600);
    await pack(folder, ['--output', first]);
    await pack(other, ['--output', second], { umask: '077', zone: 'Asia/Tokyo' });
    expect(readFileSync(join(second, name)).equals(readFileSync(join(first, name)))).toBe(true);
    const modes: unknown[] = [];
    const wanted = ['.ci/run', 'README.md'];
    await tar.list({
      file: join(second, name),
      onReadEntry: ({ path, mode }) => {
        if (wanted.includes(path)) modes.push([path, mode]);
      },
    });
    expect(modes).toEqual([
      ['.ci/run', 0o755],
      ['README.md', 0o644],
    ]);
  });

  test('leaves out what is tracked by mistake, and says so', async () => {
    writeFileSync(join(folder, '.env.production'), 'KIKET_WEBHOOK_SECRET=very-secret\n');
    writeFileSync(join(folder, 'debug.log'), 'ignored\n');
    mkdirSync(join(folder, 'examples', 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'examples', 'node_modules', 'left.js'), 'installed\n');
    rmSync(join(folder, '.gitignore'));
    writeFileSync(join(folder, '.gitignore'), 'dist/\n*.log\n');
    await git(folder, 'add', '--force', '.env.production', 'debug.log', 'examples');
    await commit(folder);
    const { code, stdout } = await pack(folder, ['--json']);
    const made = JSON.parse(stdout) as { path: string; leftOut: string[] };
    const leftOut = ['.env.production', 'debug.log', 'examples/node_modules/left.js'];
    expect([code, made.leftOut]).toEqual([0, leftOut]);
    const names = await namesIn(made.path);
    expect(names.filter((each) => leftOut.includes(each))).toEqual([]);
    expect(names).toContain('.env.example');
  });

  test('wants what is committed, and packs what is not when it is told to', async () => {
    appendFileSync(join(folder, 'README.md'), 'More.\n');
    writeFileSync(join(folder, 'src', 'more.ts'), 'export {};\n');
    rmSync(join(folder, 'LICENSE'));
    const refused = await pack(folder);
    expect([refused.code, existsSync(join(folder, 'dist', name))]).toEqual([1, false]);
    expect(refused.stderr).toMatch(/ {2}LICENSE\n {2}README\.md\n {2}src\/more\.ts\nCommit first, .* --allow-dirty/);
    const { code, stdout } = await pack(folder, ['--allow-dirty']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Not as committed')]);
    const names = await namesIn(join(folder, 'dist', name));
    expect(names.filter((each) => ['LICENSE', 'README.md', 'src/more.ts'].includes(each))).toEqual(['README.md']);
  });

  test('refuses more than 50 MiB before it writes anything, and names what is large', async () => {
    // Noise, which does not get smaller.
    await run('bash', ['-c', 'head -c 53000000 /dev/urandom > film.bin'], { cwd: folder });
    await commit(folder);
    const { code, stderr } = await pack(folder);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/larger than 50\.0 MiB[^]*film\.bin \(50\.5 MiB\)/)]);
    expect(existsSync(join(folder, 'dist', name))).toBe(false);
  });

  test('does not follow links', async () => {
    await run('ln', ['-s', '/etc/hostname', 'host'], { cwd: folder });
    await commit(folder);
    const { code, stderr } = await pack(folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining('host is a link')]);
  });
});

test('in a folder without git, npm run package says what it needs', async () => {
  const folder = copyRepository();
  const { code, stderr } = await pack(folder);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/There is no git repository here\..* git init && git add/)]);
});
