import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/commandLine.ts';
import { main } from '../../src/lint/index.ts';
import { manifestJsonSchema, schemaFile, schemaSource } from '../../src/lint/shapes/jsonSchema.ts';
import { temporaryFolder } from '../support/folders.ts';
import { git } from '../support/checkout.ts';
import { writeExtension, type Edits } from '../support/soundExtension.ts';
import { soundFiles } from '../support/soundFiles.ts';

/** Runs lint in this process. */
async function lint(root: string, ...argv: string[]) {
  let stdout = '';
  const code = await main(argv, { stdout: { write: (text) => (stdout += text) }, root, env: process.env });
  return { code, stdout };
}

/** A folder with the sound extension, changed. */
function extensionFolder(edits: Edits = {}): string {
  const folder = temporaryFolder();
  writeExtension(folder, edits);
  return folder;
}

const manifest = '.kiket/manifest.yaml';

describe('lint', () => {
  test('tells in one line where what is wrong, and what to do', async () => {
    const folder = extensionFolder({ [manifest]: [['timeout: 10000', "timeout: '10000'"]], LICENSE: null });
    const { code, stdout } = await lint(folder, '--only', 'kiket');
    expect(stdout).toBe(`✗ kiket

${manifest}:14:14 error extension.callback.timeout is wrong: expected number, received string. How long Kiket waits for an answer, in milliseconds: a number from 100 to 60000, without quotes. Kiket's own lint crashes on a quoted one. (manifest-shape)
LICENSE:1:1 warning LICENSE is missing. Add the text of a license. (license)

1 error, 1 warning
`);
    expect(code).toBe(1);
  });

  test('lets warnings pass, and says when nothing is wrong', async () => {
    const warned = await lint(extensionFolder({ LICENSE: null }), '--only', 'kiket');
    expect([warned.code, warned.stdout]).toEqual([0, expect.stringMatching(/\n0 errors, 1 warning\n$/)]);
    const sound = await lint(extensionFolder(), '--only', 'kiket');
    expect([sound.code, sound.stdout]).toEqual([0, '✓ kiket\n\nNothing is wrong.\n']);
  });

  test('runs one rule alone, in the folder that is named', async () => {
    const folder = extensionFolder({ [manifest]: [['timeout: 10000', "timeout: '10000'"]], LICENSE: null });
    const { code, stdout } = await lint('/', '--only', 'repository', folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/LICENSE[^]*\n0 errors, 1 warning\n$/)]);
  });

  test.each<[string, Edits, string]>([
    ['has no handler', { 'src/extension/index.ts': [["'issue.created': noteVisit", '']] }, 'handler-missing'],
    ['exports nothing', { 'src/extension/index.ts': 'export {};\n' }, 'handlers-unread'],
    ['throws', { 'src/extension/index.ts': "throw new Error('no');\n" }, 'handlers-unread'],
    [
      'is in another place',
      { 'src/extension/index.ts': null, 'src/extension.ts': 'export default {};\n' },
      'handler-missing',
    ],
  ])('imports the table of handlers, here one that %s', async (_title, edits, rule) => {
    const { code, stdout } = await lint(extensionFolder(edits), '--only', 'handlers');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`(${rule})`)]);
  });

  test('takes an extension in another language', async () => {
    const foreign = /^(?:package.*|tsconfig.*|src\/.*|scripts\/.*)$/;
    const gone = Object.fromEntries(
      Object.keys(soundFiles).flatMap((file) => (foreign.test(file) ? [[file, null]] : [])),
    );
    const folder = extensionFolder({
      ...gone,
      [manifest]: [['sdk: node', 'sdk: python']],
      'requirements.txt': '',
      'src/handler.py': 'print("hello")\n',
      'test/gate_test.py': '',
    });
    const { code, stdout } = await lint(folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/✓ kiket\n\nNothing is wrong\.\n$/)]);
    expect(stdout.match(/^– \w+/gm)).toEqual(['– types', '– code', '– format', '– unused', '– docker']);
  });

  test('tells what actionlint says about workflows, and leaves them out where there are none', async () => {
    const ci = '.github/workflows/ci.yml';
    const steps = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n';
    const wrong = await lint(extensionFolder({ [ci]: steps }), '--only', 'workflows');
    expect([wrong.code, wrong.stdout.match(/^\.github\S+ error/gm)]).toEqual([
      1,
      [`${ci}:3:3 error`, `${ci}:5:5 error`],
    ]);
    const { code, stdout } = await lint(extensionFolder({ [ci]: null }), '--only', 'workflows');
    expect([code, stdout]).toEqual([0, expect.stringContaining('– workflows')]);
  });

  test('does not look into what git ignores', async () => {
    const folder = extensionFolder({ '.gitignore': 'docs/examples/venv\n', 'docs/examples/venv/a.yaml': 'a: [' });
    expect((await lint(folder, '--only', 'syntax')).code).toBe(1);
    await git(folder, 'init', '--quiet');
    expect((await lint(folder, '--only', 'syntax')).code).toBe(0);
  });

  test.each([
    [schemaFile, '{}\n'],
    [schemaFile, null],
  ])('tells of a stale schema for editors where it is made, and writes it anew: %s %j', async (file, text) => {
    const folder = extensionFolder({ [schemaSource]: '', [file]: text });
    const stale = await lint(folder, '--only', 'manifest');
    expect([stale.code, stale.stdout]).toEqual([1, expect.stringContaining('(manifest-schema)')]);
    expect((await lint(folder, '--only', 'manifest', '--fix')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toEqual(manifestJsonSchema);
  });

  test.each([
    [['--only=colour'], /Unknown check: colour\. Available: types, .*permissions/],
    [['no/such/folder'], /no\/such\/folder is not a folder/],
    [['one', 'two'], /Name one folder/],
  ])('explains a wrong command: %j', async (argv, explanation) => {
    const attempt = lint('/', ...argv);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(explanation);
  });

  test('helps', async () => {
    const { code, stdout } = await lint('/', '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining('--only CHECK')]);
  });
});
