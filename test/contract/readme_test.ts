import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { run, start } from '../support/processes.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

/** Fenced blocks with the language and, from a comment in front, what they have to do with: `file: …`. */
function readBlocks(text: string) {
  return [...text.matchAll(/(?:<!-- (\w+): (.+?) -->\n\n)?```(\w+)\n([^]*?)```/g)].map(
    ([, kind, subject = '', language, block = '']) => ({ kind, subject, language, text: block }),
  );
}

const blocks = readBlocks(readme);
const ofKind = (kind: string) => blocks.filter((block) => block.kind === kind);
const blockOf = (name: string) => ofKind('run').find(({ subject }) => subject === name)?.text ?? '';

/** The lines of a text that are not in an output, in this order; `…` stands for any number of lines, times do not count. */
function missingLines(output: string, text: string): string[] {
  const timeless = (lines: string) => lines.replaceAll(/ +\d+\.\d$/gm, ' ms').split('\n');
  const printed = timeless(output);
  let from = 0;
  return timeless(text.trimEnd()).filter((line) => {
    const found = line === '…' ? from - 1 : printed.indexOf(line, from);
    if (found >= from) from = found + 1;
    return line !== '…' && found === -1;
  });
}

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

describe('docs/getting-started.md', () => {
  const guide = readBlocks(readFileSync(join(projectRoot, 'docs', 'getting-started.md'), 'utf8'));

  test('shows the story as it is told', { timeout: 30_000 }, async () => {
    const [output] = guide.filter(({ kind }) => kind === 'output');
    const [command = '', ...words] = output?.subject.split(' ') ?? [];
    expect((await run(command, words)).stdout).toBe(output?.text);
  });

  test('shows what every command prints, one after the other', { timeout: 60_000 }, async () => {
    const options = ['--port', '24400', '--data', temporaryFolder()];
    const sandbox = start('npx', ['tsx', 'sandbox/index.ts', ...options], { ownGroup: true });
    onTestFinished(() => void process.kill(-(sandbox.child.pid ?? 0), 'SIGKILL'));
    await sandbox.waitFor(/Deliveries, as they are made/);
    const sessions = guide.filter(({ kind }) => kind === 'session').map(({ text }) => text);
    const commands = sessions.flatMap((session) => [
      ...session.matchAll(/^\$ npm run sandbox -- (.+)\n((?:[^$].*\n)*)/gm),
    ]);
    expect(commands.length).toBeGreaterThan(6);
    for (const [, command = '', shown = ''] of commands) {
      const { stdout } = await run('npx', ['tsx', 'sandbox/index.ts', ...command.split(' '), ...options]);
      expect(missingLines(stdout, shown), command).toEqual([]);
    }
  });

  test('has no code that nothing checks', () => {
    const unchecked = guide.filter(({ kind, language }) => kind === undefined && language !== 'sh');
    expect(unchecked).toEqual([]);
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
