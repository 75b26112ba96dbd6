import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/lint/problem.ts';
import { manifestJsonSchema } from '../../src/lint/shapes/jsonSchema.ts';
import { temporaryFolder } from '../../../kiket-express/test/support/builtServer.ts';
import { copyRepository, git } from '../support/checkout.ts';
import { run } from '../../../kiket-express/test/support/processes.ts';
import { writeExtension, type Edits } from '../support/soundExtension.ts';

/** What `npm run lint -- …` runs, without npm's own time. */
function lint(options: readonly string[], env: Record<string, string> = {}) {
  return run(process.execPath, ['--import', 'tsx', 'scripts/lint.ts', ...options], { env });
}

/** A folder with the sound extension, changed. */
function extensionFolder(edits: Edits = {}): string {
  const folder = temporaryFolder();
  writeExtension(folder, edits);
  return folder;
}

interface Report {
  ok: boolean;
  errors: number;
  warnings: number;
  failed: number;
  problems: Problem[];
  checks: { tool: string; ok: boolean; output: string; leftOut?: string }[];
}

const manifest = '.kiket/manifest.yaml';

describe('lint', { timeout: 60_000 }, () => {
  test('tells people where what is wrong, and what to do', async () => {
    const folder = extensionFolder({ [manifest]: [['timeout: 10000', "timeout: '10000'"]], LICENSE: null });
    const { code, stdout } = await lint([folder, '--only', 'kiket']);
    expect(stdout).toBe(`✗ kiket      the extension: manifest, handlers, permissions, modules, replays

${manifest}:14:14  error  extension.callback.timeout is the text "10000", but has to be a number.  (manifest-shape)
    How long Kiket waits for an answer, in milliseconds: a number from 100 to 60000, without quotes. The kiket CLI crashes on a quoted one.

LICENSE:1:1  warning  There is no LICENSE.  (license)
    Add the text of a licence.

1 error, 1 warning
`);
    expect(code).toBe(1);
  });

  test('tells programs the same', async () => {
    const folder = extensionFolder({
      [manifest]: [['timeout: 10000', "timeout: '10000'"]],
      '.github/workflows/ci.yml': 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n',
    });
    const { code, stdout } = await lint([folder, '--only', 'kiket', '--only', 'workflows', '--json']);
    const { ok, errors, warnings, problems, checks } = JSON.parse(stdout) as Report;
    expect(problems.map(({ file, line, column, rule, severity }) => [file, line, column, rule, severity])).toEqual([
      ['.github/workflows/ci.yml', 3, 3, 'workflow', 'error'],
      ['.github/workflows/ci.yml', 5, 5, 'workflow', 'error'],
      [manifest, 14, 14, 'manifest-shape', 'error'],
    ]);
    expect(checks).toEqual([
      { tool: 'workflows', ok: false, output: '' },
      { tool: 'kiket', ok: false, output: '' },
    ]);
    expect([code, ok, errors, warnings]).toEqual([1, false, 3, 0]);
  });

  test('lets warnings pass, and says when nothing is wrong', async () => {
    const [warned, sound] = await Promise.all([
      lint([extensionFolder({ LICENSE: null }), '--only', 'kiket']),
      lint([extensionFolder(), '--only', 'kiket']),
    ]);
    expect([warned.code, warned.stdout]).toEqual([0, expect.stringMatching(/\n0 errors, 1 warning\n$/)]);
    expect([sound.code, sound.stdout]).toEqual([0, expect.stringMatching(/^✓ .+\n\nNothing is wrong\.\n$/)]);
  });

  test('shows what tsc, oxlint and prettier say, where they say something, and mends what they can', async () => {
    const folder = extensionFolder({
      '.oxlintrc.json':
        '{ "categories": { "correctness": "off" }, "rules": { "eslint/no-useless-escape": "error" } }\n',
      '.prettierrc.json': '{ "singleQuote": true }\n',
      '.kiket/manifest.schema.json': '{}\n',
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["a.ts"] }\n',
      'a.ts': 'export const a: number = "te\\qxt"\n',
    });
    const only = ['types', 'code', 'format', 'kiket'].flatMap((name) => ['--only', name]);
    const { code, stdout } = await lint([folder, ...only, '--json']);
    const { checks, problems, failed } = JSON.parse(stdout) as Report;
    expect(failed).toBe(3);
    expect(checks.map(({ tool, ok, output }) => [tool, ok, output])).toEqual([
      ['types', false, expect.stringContaining('a.ts(1,14): error TS2322')],
      ['code', false, expect.stringContaining('no-useless-escape')],
      ['format', false, expect.stringContaining('[warn] a.ts')],
      ['kiket', false, ''],
    ]);
    expect([code, problems.map(({ rule }) => rule)]).toEqual([1, ['manifest-schema-stale']]);

    const fixed = await lint([folder, ...only, '--fix', '--json']);
    const after = JSON.parse(fixed.stdout) as Report;
    // The wrong type stays, and two tools look at types.
    expect(after.checks.filter(({ ok }) => !ok).map(({ tool }) => tool)).toEqual(['types', 'code']);
    expect(after.checks.map(({ output }) => output).join('')).not.toContain('no-useless-escape');
    expect(readFileSync(join(folder, 'a.ts'), 'utf8')).toBe("export const a: number = 'teqxt';\n");
    const schema = readFileSync(join(folder, '.kiket', 'manifest.schema.json'), 'utf8');
    expect(JSON.parse(schema)).toEqual(manifestJsonSchema);
  });

  test('keeps the colours of the other programs', async () => {
    const folder = extensionFolder({
      'tsconfig.json': '{ "include": ["a.ts"] }\n',
      'a.ts': 'const a: number = "text";\n',
    });
    const { stdout } = await lint([folder, '--only', 'types'], { FORCE_COLOR: '1' });
    expect(stdout).toContain('\u001B[91merror');
  });

  test('leaves out what a repository does not use', async () => {
    const { code, stdout } = await lint([extensionFolder(), '--only', 'code']);
    expect([code, stdout]).toEqual([0, '– code       left out: there is no .oxlintrc.json\n\nNothing is wrong.\n']);
  });

  test('lets this repository leave nothing out, and tries its settings', async () => {
    const folder = copyRepository();
    rmSync(join(folder, '.oxlintrc.json'));
    const path = join(folder, manifest);
    const statuses = /(protected_statuses:[^]*?default: )\w+/;
    writeFileSync(path, readFileSync(path, 'utf8').replace(statuses, "$1''"));
    const words = ['--import', 'tsx', 'scripts/lint.ts', '--only', 'code', '--only', 'kiket', '--json'];
    const { stdout } = await run(process.execPath, words, { cwd: folder });
    const { problems, checks } = JSON.parse(stdout) as Report;
    expect(problems.map(({ file, rule }) => [file, rule])).toEqual([[manifest, 'setting-default']]);
    expect(checks[0]).toMatchObject({
      tool: 'code',
      ok: false,
      output: expect.stringContaining('.oxlintrc.json') as string,
    });
  });

  test('does not look into what git ignores', async () => {
    const folder = extensionFolder({ '.gitignore': 'docs/examples/venv\n', 'docs/examples/venv/a.yaml': 'a: [' });
    expect((await lint([folder, '--only', 'kiket'])).code).toBe(1);
    await git(folder, 'init', '--quiet');
    expect((await lint([folder, '--only', 'kiket'])).code).toBe(0);
  });

  test('leaves out workflows that there are not', async () => {
    const { stdout } = await lint([extensionFolder({ '.github/workflows/ci.yml': null }), '--only', 'workflows']);
    expect(stdout).toContain('left out: there is no .github/workflows');
  });

  test.each([
    ['--fixx', /Unknown option '--fixx'/],
    ['--only=manifest', /--only manifest: there is no such part\. There are: types, code, format, workflows, kiket\./],
    ['no/such/folder', /no\/such\/folder is no folder/],
  ])('explains a wrong command: %s', async (option, explanation) => {
    const { code, stdout, stderr } = await lint([option]);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(explanation)]);
  });

  test('helps', async () => {
    const { code, stdout } = await lint(['--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('npm run lint -- --only PART')]);
  });
});
