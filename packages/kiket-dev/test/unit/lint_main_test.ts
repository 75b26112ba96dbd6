import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/lint/index.ts';
import { git } from '../support/checkout.ts';
import { runHere } from '../support/commands.ts';
import { temporaryFolder } from '../support/folders.ts';
import { writeExtension, type Edits } from '../support/soundExtension.ts';
import { soundFiles } from '../support/soundFiles.ts';

/** Lints the sound extension, changed. */
function lint(edits: Edits, ...argv: string[]) {
  const cwd = temporaryFolder();
  writeExtension(cwd, edits);
  return runHere(main, argv, { cwd, env: process.env });
}

const manifest = '.kiket/manifest.yaml';
const wrong: Edits = { [manifest]: [['timeout: 10000', "timeout: '10000'"]], LICENSE: null };

describe('lint', () => {
  test('says in one line what is wrong, where, and what to do', async () => {
    expect(await lint(wrong)).toMatchObject({
      code: 1,
      stdout: `${manifest}:14:14 error extension.callback.timeout must be a whole number (how long Kiket waits for an answer, in milliseconds, without quotes). (manifest-shape)
LICENSE:1:1 warning LICENSE is missing. Add it: Kiket's command line or its marketplace looks for it. (file-missing)

1 error, 1 warning
`,
    });
  });

  test('lets warnings pass, runs one rule, and says when nothing is wrong', async () => {
    const warned = await lint(wrong, '--only', 'repository');
    expect([warned.code, warned.stdout]).toEqual([0, expect.stringMatching(/LICENSE[^]*\n0 errors, 1 warning\n$/)]);
    const sound = await lint({});
    expect([sound.code, sound.stdout]).toEqual([0, 'No problems found.\n']);
  });

  test.each<[string, string, string]>([
    ['has no handler', 'export default {};\n', 'handler-missing'],
    ['exports nothing', 'export {};\n', 'handlers-unread'],
    ['throws', "throw new Error('no');\n", 'handlers-unread'],
  ])('imports the table of handlers, here one that %s', async (_title, text, rule) => {
    const { code, stdout } = await lint({ 'src/extension.ts': text }, '--only', 'handlers');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`(${rule})`)]);
  });

  test('takes an extension in another language', async () => {
    const foreign = Object.keys(soundFiles).filter((file) =>
      /^(?:package.*|tsconfig.*|src\/.*|scripts\/.*)$/.test(file),
    );
    const { code, stdout } = await lint({
      ...Object.fromEntries(foreign.map((file) => [file, null])),
      [manifest]: [['sdk: node', 'sdk: python']],
      'src/handler.py': 'print("hello")\n',
      'test/gate_test.py': '',
    });
    expect([code, stdout]).toEqual([0, 'No problems found.\n']);
  });

  test("doesn't look into what git ignores", async () => {
    const cwd = temporaryFolder();
    writeExtension(cwd, { '.gitignore': 'venv/\n', 'docs/examples/venv/a.yaml': 'a: [' });
    await git(cwd, 'init', '--quiet');
    expect((await runHere(main, ['--only', 'syntax'], { cwd })).code).toBe(0);
  });

  test('lists a new setting where people look for it', async () => {
    const cwd = temporaryFolder();
    const field =
      "    weather:\n      label: Weather\n      description: What it's like | outside. 0 is none.\n      default: sun\n";
    writeExtension(cwd, {
      [manifest]: [['  configuration:\n', `  configuration:\n${field}`]],
      'docs/settings.md': '| Variable | Default |\r\n| --- | --- |\r\n| `PORT` | 8080 |\r\n\nMore.\n',
    });
    const read = (file: string) => readFileSync(join(cwd, file), 'utf8');
    const fix = ['--only', 'environment', '--fix'];
    expect((await runHere(main, fix.slice(0, 2), { cwd })).stdout).toContain('(env-example)');
    const fixed = await runHere(main, fix, { cwd });
    expect([fixed.code, fixed.stdout]).toEqual([0, 'Wrote .env.example, docs/settings.md.\nNo problems found.\n']);
    expect(read('.env.example')).toMatch(/\n# what it's like \| outside; 0 is none \(sun\)\nKIKET_SETTING_WEATHER=\n$/);
    const listed = read('docs/settings.md');
    expect(listed).toContain("\n| `KIKET_SETTING_WEATHER` | what it's like \\| outside; 0 is none | `sun` |\n");
    expect(listed).toMatch(/\n\nMore\.\n$/);
    expect((await runHere(main, fix, { cwd })).stdout).toBe('No problems found.\n');
    expect(read('docs/settings.md')).toBe(listed);
  });

  test('writes what the manifest names, for the compiler', async () => {
    const cwd = temporaryFolder();
    writeExtension(cwd, { 'src/manifest.ts': '' });
    await runHere(main, ['--only', 'handlers', '--fix'], { cwd });
    const { manifest: names } = (await import(join(cwd, 'src', 'manifest.ts'))) as { manifest: unknown };
    expect(names).toEqual({
      events: ['issue.created'],
      actions: ['open_gate', 'close_gate'],
      secrets: ['CAMERA_TOKEN'],
    });
  });

  test('explains a wrong command', async () => {
    expect(await lint({}, '--only=colour')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Unknown rule: colour\. Available: syntax, .*permissions/) as string,
    });
  });
});
