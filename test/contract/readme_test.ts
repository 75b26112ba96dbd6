import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { extension } from '../../src/extension/index.ts';
import { problems } from '../../src/kiket/errors.ts';
import type { GuardianSettings } from '../../src/extension/settings.ts';
import type { Guard } from '../../src/kiket/extension.ts';
import { projectRoot } from '../../src/setup.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { deliver, moveToDone, press } from '../support/deliver.ts';
import { temporaryFolder } from '../support/builtServer.ts';
import { createGuardian } from '../support/guardian.ts';
import { createPostgresDatabase } from '../support/postgres.ts';
import { missingLines, readBlocks } from '../support/markdown.ts';
import { run, start } from '../support/processes.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

const blocks = readBlocks(readme);
const ofKind = (kind: string) => blocks.filter((block) => block.kind === kind);
const blockOf = (name: string) => ofKind('run').find(({ subject }) => subject === name)?.text ?? '';

describe('the README', () => {
  test('has no code that nothing checks', () => {
    const unchecked = blocks.filter(({ kind, language }) => kind === undefined && language !== 'sh');
    expect(unchecked.map(({ text }) => text.split('\n')[0])).toEqual([expect.stringMatching(/^bytes ──▶ verified/)]);
  });

  test.each(ofKind('file'))('shows $subject as it is', ({ subject, text }) => {
    expect(readFileSync(join(projectRoot, subject), 'utf8')).toContain(text);
  });

  test.each(ofKind('output'))('shows what `$subject` prints', async ({ subject, text }) => {
    const [command = '', ...options] = subject.split(' ');
    expect(missingLines((await run(command, options)).stdout, text)).toEqual([]);
  });

  test('shows how to run two instances, which count as one', { timeout: 20_000 }, async () => {
    const { url } = await createPostgresDatabase();
    const text = blockOf('two instances').replace('postgres://user:password@host/name', url).replaceAll(/808\d/g, '0');
    const { waitFor, child } = start('bash', ['-c', `${text}wait`], {
      env: { HOST: '127.0.0.1', KIKET_SDK_TELEMETRY_OPTOUT: '1' },
      ownGroup: true,
    });
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
    const [, one = '', other = ''] = await waitFor(/"port":(\d+)[^]*"port":(\d+)/);
    const post = (port: string, payload: unknown) =>
      deliver(`http://127.0.0.1:${port}`, payload, 'the-same-for-all').then(({ body }) => body);
    expect(await post(one, moveToDone())).toMatchObject({ status: 'pending' });
    expect(await post(other, press('approve_transition'))).toMatchObject({ status: 'success' });
    expect(await post(one, moveToDone())).toMatchObject({ status: 'allow' });
  });

  test('says how to take out the sandbox, and nothing else notices', { timeout: 60_000 }, async () => {
    const command = /`(rm -r sandbox [^`]+)`/.exec(readme)?.[1] ?? '';
    const copy = temporaryFolder();
    const { stdout: files } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
    for (const file of files.trim().split('\n')) cpSync(join(projectRoot, file), join(copy, file));
    symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
    expect(await run('bash', ['-c', command], { cwd: copy })).toEqual({ code: 0, stdout: '', stderr: '' });
    const checked = await run('npx', ['tsc', '--noEmit'], { cwd: copy });
    expect([checked.code, checked.stdout]).toEqual([0, '']);
    const browser = await run('npx', ['vitest', 'run', '--config', 'vitest.browser.config.ts'], { cwd: copy });
    expect([browser.code, browser.stdout]).toEqual([0, expect.stringContaining('No test files found')]);
    const left = await run('grep', ['-rlE', "from '[./]+sandbox/", 'src', 'scripts', 'test'], { cwd: copy });
    expect(left.stdout).toBe('');
  });

  test('shows a guard that works beside the others', async () => {
    const block = blockOf('a guard');
    const file = join(projectRoot, 'test', '.readme', 'refuseBlocked.ts');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    mkdirSync(dirname(file), { recursive: true });
    const code = block.replaceAll("'../../", "'../../src/").replaceAll(/'\.\.\/(?=[ps])/g, "'../../src/extension/");
    writeFileSync(file, code);
    const { refuseBlocked } = (await import(file)) as { refuseBlocked: Guard<GuardianSettings> };
    const guards = { ...extension.guards, refuseBlocked };
    const guardian = await createGuardian({ extension: { ...extension, guards } });
    const move = JSON.parse(readFileSync(join(projectRoot, 'replay', 'move_to_done.json'), 'utf8')) as {
      issue: object;
    };
    const [plain, blocked] = [
      await guardian.deliver(move),
      await guardian.deliver({ ...move, issue: { ...move.issue, labels: ['blocked'] } }),
    ];
    expect([plain.body, blocked.body]).toMatchObject([
      { status: 'pending' },
      { status: 'deny', message: expect.stringContaining('Remove the label "blocked" before') as string },
    ]);
  });

  test('has the settings of .env.example in the same order', () => {
    const example = readFileSync(join(projectRoot, '.env.example'), 'utf8');
    const settings = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    const rows = readme.slice(readme.indexOf('| Variable'), readme.indexOf('### Run several'));
    const documented = [...rows.matchAll(/`([A-Z_]{4,})`(?=.*\|)/g)].map(([, name = '']) => name);
    expect(documented.filter((name) => name !== 'DATABASE').toSorted()).toEqual(settings.toSorted());
  });

  test('explains every code of a 401 that Kiket can get', () => {
    const codes = Object.entries(problems).filter(
      ([code, { httpStatus }]) => httpStatus === 401 && code !== 'metrics_unauthorized',
    );
    const section = readme.slice(readme.indexOf('## When Kiket says 401'), readme.indexOf('## Use the pipeline'));
    const explained = [...section.matchAll(/`([a-z]+_[a-z]+)`/g)].map(([, code = '']) => code);
    expect(explained.toSorted()).toEqual(codes.map(([code]) => code).toSorted());
  });
});

describe.each(['README.md', 'docs/getting-started.md', '.github/SECURITY.md'])('%s', (path) => {
  const text = readFileSync(join(projectRoot, path), 'utf8');

  test('names scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(named));
  });

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    expect(links.length).toBeGreaterThan(5);
    for (const [link, file = '', anchor] of links) {
      const target = join(projectRoot, dirname(path), file);
      expect(existsSync(target), link).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(file === '' ? path : target, 'utf8').matchAll(/^#+ (.+)$/gm)];
      const anchors = headings.map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors, link).toContain(anchor);
    }
  });
});

describe.each(['README.md', '.github/SECURITY.md'])('%s', (path) => {
  const text = readFileSync(join(projectRoot, path), 'utf8');
  const tests = [...text.matchAll(/\[([^\]]+)\]\(([^)]*test\/[^)]+_test\.ts)\)/g)];

  test('names the tests of its promises as they are called', () => {
    expect(tests.length).toBeGreaterThan(10);
    for (const [, title = '', file = ''] of tests) {
      const lines = readFileSync(join(projectRoot, dirname(path), file), 'utf8').split('\n');
      // With a table of cases the title comes behind it, or on a line of its own.
      const titles = lines.filter((line) => /^\s*(?:(?:test|describe)[.(]|\]\)\(|['"`])/.test(line));
      expect(titles.join('\n'), file).toContain(title);
    }
  });
});

describe('.env.example', () => {
  const lines = readFileSync(join(projectRoot, '.env.example'), 'utf8').split('\n');
  const isSetting = (line: string) => /^[A-Z_]+=/.test(line);

  test('says in one comment line what each setting is for, and gives no value', () => {
    for (const [index, line] of lines.entries()) {
      if (!isSetting(line)) continue;
      expect(line).toMatch(/^[A-Z_]+=$/);
      expect(lines[index - 1]).toMatch(/^# \S/);
    }
  });

  test('has every setting that the configuration, the manifest and its secrets know', () => {
    const names = lines.filter(isSetting).map((line) => line.slice(0, -1));
    const config = readFileSync(join(projectRoot, 'src', 'config.ts'), 'utf8');
    const read = [...config.matchAll(/^ {2}([A-Z_]+): z$|^ {2}([A-Z_]+): z\./gm)].map(
      ([, one, other = '']) => one ?? other,
    );
    const manifest = readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8');
    const fields = [...manifest.matchAll(/^ {4}(\w+):\n {6}type: /gm)].map(([, key = '']) =>
      key === key.toUpperCase() ? `KIKET_SECRET_${key}` : `KIKET_SETTING_${key.toUpperCase()}`,
    );
    expect(fields.length).toBeGreaterThan(1);
    expect(names.toSorted()).toEqual(
      [...read, ...fields, 'KIKET_WEBHOOK_SECRET', 'KIKET_WEBHOOK_SECRET_PREVIOUS', 'EXTENSION_BASE_URL'].toSorted(),
    );
  });
});
