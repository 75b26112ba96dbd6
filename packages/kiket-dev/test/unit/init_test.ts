import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { main as cli } from '../../src/cli.ts';
import { initWith } from '../../src/init/index.ts';
import { commit, git } from '../support/checkout.ts';
import { runHere } from '../support/commands.ts';
import { temporaryFolder, writeFiles as write } from '../support/folders.ts';

const flags = ['--id', 'com.acme.gate', '--name', "Acme's Gate", '--repository', 'acme/gate', '--author', 'Zoë'];
// What is built takes its time, and is tried with the forks.
const silently = [...flags, '--yes', '--keep-packages'];

/** What a template has, as far as init looks at it. */
const files: Record<string, string> = {
  '.env.example': 'KIKET_WEBHOOK_SECRET=\n',
  '.gitignore': '.env\n*.log\n.env.*\n!.env.example\n',
  '.kiket/manifest.yaml':
    'extension:\n  id: com.example.webhook-guardian\n  name: Webhook Guardian\n  author: Example Org\n',
  'package.json': '{ "name": "webhook-guardian", "version": "1.0.0" }\n',
  'packages/kiket-dev/src/init/index.ts': '',
  'picture.png': '\0webhook-guardian',
  'empty.txt': '',
};

/** What somebody may have beside it: work that isn't committed, and files that git ignores. */
const work: Record<string, string> = {
  'notes.md': 'By Webhook Guardian.\n',
  'notes.log': 'webhook-guardian\n',
  '.env.local': 'A=webhook-guardian\n',
};

function init(cwd: string, argv: readonly string[], run = initWith(() => '')) {
  return runHere(run, argv, { cwd });
}

describe('init', () => {
  let folder = '';
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  beforeEach(async () => {
    folder = join(temporaryFolder(), 'inner');
    write(folder, files);
    await git(folder, 'init', '--quiet');
    await commit(folder);
  });

  test('makes a clone an extension of its own, with a secret that only its owner can read', async () => {
    expect(await init(folder, silently)).toMatchObject({ code: 0, stderr: '' });
    expect(read('.kiket/manifest.yaml')).toContain("  id: com.acme.gate\n  name: Acme's Gate\n  author: Zoë\n");
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'gate', kiket: { template: '1.0.0' } });
    expect(read('.env')).toMatch(/^KIKET_WEBHOOK_SECRET=[0-9a-f]{64}\n$/);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    // Neither is text, and both stay.
    expect([read('picture.png'), read('empty.txt')]).toEqual([files['picture.png'], '']);
  });

  test('does nothing a second time, and nothing in another folder', async () => {
    await init(folder, silently);
    await commit(folder);
    expect(await init(folder, ['init', ...silently], cli)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('already'),
    });
    expect(await git(folder, 'status', '--porcelain')).toBe('');
    expect(await init(temporaryFolder(), ['init', ...silently], cli)).toMatchObject({ code: 1 });
  });

  test('takes what it can from git', async () => {
    await git(folder, 'remote', 'add', 'origin', 'git@github.com:acme/release-gate.git');
    await git(folder, 'config', 'user.name', 'Zoë');
    expect((await init(folder, ['--yes', '--keep-packages'])).code).toBe(0);
    expect(read('.kiket/manifest.yaml')).toContain('id: com.acme.release-gate\n  name: Release Gate\n  author: Zoë\n');
  });

  test.each<[string[], RegExp]>([
    [['--yes', ...flags, '--id', 'gate'], /^--id: Write a reverse-DNS id/m],
    [['--yes'], /--repository: Write[^]*\n--id: Write[^]*See npm run init -- --help/],
    [flags, /isn't a terminal[^]*--yes/],
    [['--foo'], /--foo/],
  ])('with %j changes nothing', async (argv, message) => {
    expect(await init(folder, argv)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(await git(folder, 'status', '--porcelain')).toBe('');
  });

  test('stops at work that is not committed, unless it is forced; it never touches what git ignores', async () => {
    write(folder, work);
    const { code, stderr } = await init(folder, silently);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/uncommitted changes:\n\?\? notes\.md\n.*--force/)]);
    const forced = await init(folder, [...silently, '--force']);
    expect(forced).toMatchObject({ code: 0, stdout: expect.not.stringContaining('git clean') });
    expect(read('notes.md')).toBe("By Acme's Gate.\n");
    expect([read('notes.log'), read('.env.local')]).toEqual([work['notes.log'], work['.env.local']]);
  });

  test.each<[string, (folder: string) => unknown]>([
    [
      "doesn't trust the owner of the folder",
      () => {
        vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
        vi.stubEnv('GIT_CONFIG_COUNT', '0');
      },
    ],
    ["isn't installed", () => vi.stubEnv('PATH', '')],
    ['has no repository', (root) => rmSync(join(root, '.git'), { recursive: true })],
    ["can't read its index", (root) => writeFileSync(join(root, '.git', 'index'), 'broken')],
    [
      'tracks nothing of the folder, which is in the repository of another',
      async (root) => {
        rmSync(join(root, '.git'), { recursive: true });
        await git(dirname(root), 'init', '--quiet');
        writeFileSync(join(dirname(root), '.git', 'info', 'exclude'), '*\n');
      },
    ],
  ])('where git %s, stops and touches nothing, and goes on with --force', async (_why, breakGit) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    write(folder, work);
    await breakGit(folder);
    const before = Object.keys({ ...files, ...work }).map(read);
    const { code, stderr } = await init(folder, silently);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Git can't tell [^]*--force\n$/)]);
    expect(Object.keys({ ...files, ...work }).map(read)).toEqual(before);
    expect((await init(folder, [...silently, '--force'])).code).toBe(0);
    expect(read('.kiket/manifest.yaml')).toContain("Acme's Gate");
    expect([read('notes.log'), read('.env.local')]).toEqual([work['notes.log'], work['.env.local']]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['a file', { 'README.md': 'shared.md' }, 'README.md'],
    ['a folder', { docs: '.' }, 'docs'],
  ])('never writes through a link that stands for %s', async (_what, links, named) => {
    const elsewhere = dirname(folder);
    writeFileSync(join(elsewhere, 'shared.md'), 'Ours.\n');
    for (const [path, target] of Object.entries(links)) symlinkSync(join(elsewhere, target), join(folder, path));
    await commit(folder);
    expect(await init(folder, silently)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^${named} is a link`)),
    });
    expect([readFileSync(join(elsewhere, 'shared.md'), 'utf8'), readdirSync(elsewhere).toSorted()]).toEqual([
      'Ours.\n',
      ['inner', 'shared.md'],
    ]);
  });

  test('lets other links be, also a .env that leads nowhere yet', async () => {
    symlinkSync(join(dirname(folder), 'secrets.env'), join(folder, '.env'));
    symlinkSync('notes.md', join(folder, 'link.md'));
    await commit(folder);
    expect(await init(folder, silently)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(dirname(folder))).toEqual(['inner']);
  });

  test.each(["Acme's Gate: rock & röll #1", '!important', '@acme', 'null', '007', "'; rm", '? a', 'x'.repeat(64)])(
    'writes the name %s so that the manifest says it',
    async (name) => {
      expect(await init(folder, [...silently, `--name=${name}`])).toMatchObject({ code: 0, stderr: '' });
      expect(parse(read('.kiket/manifest.yaml'))).toMatchObject({ extension: { name, author: 'Zoë' } });
    },
  );

  test("that can't write says how to go back", async () => {
    // Nobody, not even root, can write a file where a folder is.
    mkdirSync(join(folder, 'README.md'));
    const { code, stderr } = await init(folder, silently);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/stopped halfway: .*\n.*git reset --hard/)]);
    // What isn't committed would be gone.
    const forced = await init(folder, [...silently, '--force']);
    expect(forced).toMatchObject({ code: 1, stderr: expect.not.stringContaining('git reset') });
  });
});
