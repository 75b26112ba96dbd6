import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { leftoverNames } from '../../src/lint/leftoverNames.ts';
import { listFiles } from '../../src/lint/trackedFiles.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/folders.ts';
import { cloneRepository, copyRepository, git } from '../support/checkout.ts';
import { forTypeScript } from '../../src/nodeOptions.ts';
import { run } from '../support/processes.ts';

const answers = {
  id: 'com.acme.release-gate',
  name: "Acme's Gate: rock & röll #1",
  repository: 'acme/Release_Gate',
  author: "Zoë O'Neil",
};
const flags = Object.entries(answers).flatMap(([key, answer]) => [`--${key}`, answer]);

/** `npm run init` in a copy of this repository. */
const init = (folder: string, options: readonly string[], env: Record<string, string> = {}) =>
  run(process.execPath, [...forTypeScript, 'scripts/init.ts', ...options], { cwd: folder, env });

describe('npm run init', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await cloneRepository();
  });

  test('makes a clone an extension of its own, and is gone', async () => {
    const { code, stdout } = await init(folder, [...flags, '--yes']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/\d+ files have changed[^]*\n\nWhat to do next:\n.+\n {2}npm run picture .+\n.+\n.+\n$/),
    ]);
    expect(leftoverNames(folder)).toEqual([]);
    expect(existsSync(join(folder, 'scripts', 'init.ts'))).toBe(false);
    expect(existsSync(join(folder, 'scripts', 'init'))).toBe(false);
    const read = (path: string) => readFileSync(join(folder, path), 'utf8');
    expect(read('README.md')).toMatch(
      /^# Acme's Gate: rock & röll #1\n\n\[!\[CI\]\(https:\/\/github\.com\/acme\/Release_Gate\//,
    );
    expect(read('LICENSE')).toMatch(/^Copyright .+ authors\nCopyright \(c\) \d{4} Zoë O'Neil\n/m);
    const { name, scripts } = JSON.parse(read('package.json')) as typeof packageJson;
    expect(name).toBe('release-gate');
    expect(Object.keys(packageJson.scripts).filter((script) => !Object.hasOwn(scripts, script))).toEqual([
      'test:fork',
      'init',
    ]);
    // What npm would make of package.json and lock file agrees with them.
    const installed = await run('npm', ['ls', '--all', '--package-lock-only', '--json'], { cwd: folder });
    expect(JSON.parse(installed.stdout)).not.toHaveProperty('problems');
    // A secret of its own, that its owner alone can read.
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(read('.env')).toMatch(/^KIKET_WEBHOOK_SECRET=[0-9a-f]{64}$/m);
    expect(await git(folder, 'status', '--porcelain')).not.toContain('.env\n');
  });

  test('takes what it can from git', async () => {
    await git(folder, 'remote', 'add', 'origin', 'git@github.com:acme/release-gate.git');
    await git(folder, 'config', 'user.name', 'Zoë');
    expect((await init(folder, ['--yes'])).code).toBe(0);
    const manifest = readFileSync(join(folder, '.kiket', 'manifest.yaml'), 'utf8');
    expect(manifest).toMatch(/id: com\.acme\.release-gate\n {2}name: Release Gate\n/);
    expect(manifest).toMatch(/author: Zoë\n {2}homepage: https:\/\/github\.com\/acme\/release-gate\n/);
  });

  test('changes nothing as long as something is wrong', async () => {
    const refusals: [string[], RegExp][] = [
      [['--yes', ...flags, '--id', 'gate'], /^--id: Put your domain in front/m],
      [['--yes'], /--id: Every extension[^]*\n--repository: Write[^]*See npm run init -- --help/],
      [flags, /no terminal\. Say --yes/],
      [['--foo'], /--foo/],
    ];
    for (const [options, message] of refusals) {
      const refused = await init(folder, options);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(await git(folder, 'status', '--porcelain')).toBe('');
    expect(existsSync(join(folder, '.env'))).toBe(false);
  });

  test('wants a clean folder, unless it is told to go on', async () => {
    writeFileSync(join(folder, 'notes.md'), 'By Webhook Guardian.\n');
    const refused = await init(folder, [...flags, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/not committed[^]*notes\.md\n.*--force/)]);
    expect(existsSync(join(folder, 'scripts', 'init.ts'))).toBe(true);
    expect((await init(folder, [...flags, '--yes', '--force'])).code).toBe(0);
    expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toBe(`By ${answers.name}.\n`);
  });

  // `script` gives a command a terminal, where there is one.
  test.skipIf(spawnSync('script', ['--version']).status !== 0)(
    'asks at a terminal, and changes nothing if one stops',
    async () => {
      // Its terminal has no width of its own.
      const command = 'stty cols 120 rows 40 && npm run init';
      const options = ['--quiet', '--return', '--command', command, '/dev/null'];
      const child = spawn('script', options, { cwd: folder });
      onTestFinished(() => void child.kill('SIGKILL'));
      let shown = '';
      child.stdout.on('data', (chunk: Buffer) => void (shown += chunk.toString()));
      const ended = once(child, 'exit');
      const press = async (question: string, keys: string) => {
        await vi.waitFor(() => expect(shown).toContain(question), { timeout: 30_000 });
        child.stdin.write(keys);
      };
      await press('Where is it on GitHub?', 'acme/release-gate\r');
      await press("What is the extension's id?", '\u0003');
      expect(await ended).toEqual([1, null]);
      expect(shown).toContain('Nothing has changed.');
      expect(await git(folder, 'status', '--porcelain')).toBe('');
    },
  );

  test('that cannot write says how to go back', async () => {
    // Nobody, not even root, can write a file where a folder is.
    const stuck = join(folder, 'test', 'unit', 'firstGuard_test.ts');
    mkdirSync(stuck);
    const { code, stderr } = await init(folder, [...flags, '--yes', '--keep', 'none']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/stopped half-way: .*\n.*git reset --hard/)]);
  });
});

/** Everything that a person may have in a folder: work that is not committed, and files that git ignores. */
function addWork(folder: string): () => Record<string, string> {
  const own = {
    'README.md': '# webhook-guardian\n',
    'notes.log': 'webhook-guardian\n',
    '.env.local': 'A=webhook-guardian\n',
  };
  for (const [path, text] of Object.entries(own)) writeFileSync(join(folder, path), text);
  return () => Object.fromEntries(Object.keys(own).map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

describe('npm run init where git has no answer', () => {
  test.each<[string, () => Promise<string> | string, Record<string, string>]>([
    ['does not trust the owner of the folder', cloneRepository, { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' }],
    ['is not installed', cloneRepository, { PATH: '' }],
    ['has no repository', copyRepository, {}],
    ['cannot read its index', withBrokenIndex, {}],
    ['tracks nothing of the folder, which is in the repository of another', insideAnother, {}],
  ])('because it %s, stops and touches nothing', async (_why, make, env) => {
    const folder = await make();
    const readWork = addWork(folder);
    const before = readWork();
    const { code, stderr } = await init(folder, [...flags, '--yes'], env);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Git doesn't say [^]*--force\.\n$/)]);
    expect(readWork()).toEqual(before);
    expect(existsSync(join(folder, '.env'))).toBe(false);
  });

  test('goes on with --force, and touches nothing that git ignores', async () => {
    const folder = await cloneRepository();
    const readWork = addWork(folder);
    const before = readWork();
    const { code } = await init(folder, [...flags, '--yes', '--force'], { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' });
    expect(code).toBe(0);
    const { 'README.md': readme, ...ignored } = readWork();
    expect({ ...ignored, 'README.md': before['README.md'] }).toEqual(before);
    expect(readme).not.toBe(before['README.md']);
  });
});

async function withBrokenIndex(): Promise<string> {
  const folder = await cloneRepository();
  writeFileSync(join(folder, '.git', 'index'), 'broken');
  return folder;
}

async function insideAnother(): Promise<string> {
  const outer = temporaryFolder();
  await git(outer, 'init');
  writeFileSync(join(outer, '.git', 'info', 'exclude'), '*\n');
  return copyRepository(join(outer, 'inner'));
}

test('a folder without git, as a download is, becomes an extension as well', async () => {
  const folder = copyRepository();
  writeFileSync(join(folder, '.env'), 'PORT=1234\n');
  const { code, stdout } = await init(folder, [...flags, '--yes', '--force', '--keep', 'fields']);
  expect([code, stdout]).toEqual([0, expect.not.stringMatching('git reset|picture')]);
  // It would show guards that are gone.
  expect(listFiles(folder).filter((file) => /board.*png|picture\.ts/.test(file))).toEqual([]);
  expect(leftoverNames(folder)).toEqual([]);
  // What is there already stays as it is.
  expect(stdout).toContain('.env was there already');
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('PORT=1234\n');
});
