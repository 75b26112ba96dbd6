import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { extension } from '../../src/extension/index.ts';
import { problems } from '../../src/kiket/errors.ts';
import type { GuardianSettings } from '../../src/extension/settings.ts';
import type { Guard } from '../../src/kiket/extension.ts';
import { projectRoot } from '../../src/setup.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { createGuardian } from '../support/guardian.ts';
import { run } from '../support/processes.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

/** Fenced blocks with the language and, from a comment in front, what they have to do with: `file: …`. */
const blocks = [...readme.matchAll(/(?:<!-- (\w+): (.+?) -->\n\n)?```(\w+)\n([^]*?)```/g)].map(
  ([, kind, subject = '', language, text = '']) => ({ kind, subject, language, text }),
);
const ofKind = (kind: string) => blocks.filter((block) => block.kind === kind);

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
    const { stdout } = await run(command, options);
    const timeless = (output: string) => output.replaceAll(/ +\d+\.\d$/gm, ' ms').split('\n');
    const printed = timeless(stdout);
    let from = 0;
    for (const line of timeless(text.trimEnd()).filter((each) => each !== '…')) {
      const found = printed.indexOf(line, from);
      expect(found, `"${line}" after line ${from} of the output`).toBeGreaterThanOrEqual(from);
      from = found + 1;
    }
  });

  test('shows a guard that works beside the others', async () => {
    const [block] = ofKind('run');
    const file = join(projectRoot, 'test', '.readme', 'refuseBlocked.ts');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    mkdirSync(dirname(file), { recursive: true });
    const code = block?.text
      .replaceAll("'../../", "'../../src/")
      .replaceAll(/'\.\.\/(?=[ps])/g, "'../../src/extension/");
    writeFileSync(file, code ?? '');
    const { refuseBlocked } = (await import(file)) as { refuseBlocked: Guard<GuardianSettings> };
    const guards = { ...extension.guards, refuseBlocked };
    const { deliver } = await createGuardian({ extension: { ...extension, guards } });
    const move = JSON.parse(readFileSync(join(projectRoot, 'replay', 'move_to_done.json'), 'utf8')) as {
      issue: object;
    };
    const [plain, blocked] = [
      await deliver(move),
      await deliver({ ...move, issue: { ...move.issue, labels: ['blocked'] } }),
    ];
    expect([plain.body, blocked.body]).toMatchObject([
      { status: 'pending' },
      { status: 'deny', message: expect.stringContaining('Remove the label "blocked" before') as string },
    ]);
  });

  test('names scripts that exist', () => {
    const named = [...readme.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(named));
  });

  test('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  test('has the settings of .env.example in the same order', () => {
    const example = readFileSync(join(projectRoot, '.env.example'), 'utf8');
    const settings = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    const rows = readme.slice(readme.indexOf('| Variable'), readme.indexOf('Several instances'));
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
