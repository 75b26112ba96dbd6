import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const manifest = '.kiket/manifest.yaml';
const example = '.env.example';
const json = 'package.json';

describe('.env.example:', () => {
  test.each<[string, Edits, string[]]>([
    ['it is gone', { [example]: null }, [`${example}:1:1 error env-example-missing`]],
    [
      'it lacks a setting',
      { [example]: [['KIKET_SETTING_COLOR=\n', '']], [manifest]: [['    color:', '    ¦color:']] },
      ['error env-example-lacks'],
    ],
    [
      'it lacks a secret',
      { [example]: [['KIKET_SECRET_CAMERA_TOKEN=\n', '']], [manifest]: [['    CAMERA_TOKEN:', '    ¦CAMERA_TOKEN:']] },
      ['error env-example-lacks'],
    ],
    [
      'a field of which it is not said whether it is a secret',
      { [manifest]: [['secret: true', "secret: ¦'true'"]] },
      ['error manifest-shape'],
    ],
    [
      'a callback without its address',
      {
        [example]: [['KIKET_WEBHOOK', 'EXTENSION_BASE_URL=\nKIKET_WEBHOOK']],
        'src/config.ts': '// KIKET_WEBHOOK_SECRET\n',
        [manifest]: [['  callback:\n    url: ${EXTENSION_BASE_URL}\n', '  ¦callback:\n']],
      },
      ['error callback-url'],
    ],
    [
      'its variables are exported',
      {
        [example]: [
          ['KIKET_WEBHOOK', 'export KIKET_WEBHOOK'],
          ['KIKET_SETTING_COLOR', 'export KIKET_SETTING_COLOR'],
        ],
      },
      [],
    ],
    [
      'it exports a setting that there is not, with a secret in it',
      { [example]: [['KIKET_SETTING_COLOR=\n', 'KIKET_SETTING_COLOR=\n¦export KIKET_SECRET_COLOUR=x\n']] },
      ['error env-example-secret', `${example}:3:1 error env-example-unknown`],
    ],
    [
      'it has a setting that there is not',
      { [example]: [['KIKET_SETTING_COLOR=\n', 'KIKET_SETTING_COLOR=\n¦KIKET_SETTING_COLOUR=\n']] },
      ['error env-example-unknown'],
    ],
    [
      'it has a secret that there is not',
      { [example]: [['KIKET_SETTING_COLOR=\n', 'KIKET_SETTING_COLOR=\n¦KIKET_SECRET_OTHER=\n']] },
      ['error env-example-unknown'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

describe('the lines of .env.example:', () => {
  const config = { 'src/config.ts': "env['PORT']; env['DATABASE_URL']; env['API_KEY'];\n" };
  const line = (text: string): Edits => ({ ...config, [example]: [['KIKET_WEBHOOK', `${text}\nKIKET_WEBHOOK`]] });
  test.each<[string, Edits, string[]]>([
    [
      'a webhook secret',
      { [example]: [['KIKET_WEBHOOK_SECRET=', '¦KIKET_WEBHOOK_SECRET=whsec_1']] },
      ['error env-example-secret'],
    ],
    ['the one before it, in a comment', line('¦# KIKET_WEBHOOK_SECRET_PREVIOUS=whsec_0'), ['error env-example-secret']],
    [
      'a secret of the manifest',
      { [example]: [['KIKET_SECRET_CAMERA_TOKEN=', "¦KIKET_SECRET_CAMERA_TOKEN='abc'"]] },
      ['error env-example-secret'],
    ],
    ['a key', line('¦API_KEY=abc'), ['error env-example-secret']],
    [
      'a URL with a password',
      line('¦DATABASE_URL=postgres://me:hunter2@db.example.com/gate'),
      ['error env-example-secret'],
    ],
    ['a URL with a user', line('DATABASE_URL=postgres://me@db.example.com/gate'), []],
    ['quotes with nothing in them', line("API_KEY=''"), []],
    ['a variable that nothing reads', line('¦PROT='), ['warning env-example-unread']],
    ['one that a comment names', line('# PROT=8080'), []],
    ['one that may be read elsewhere', { [example]: [['KIKET_WEBHOOK', 'PROT=\nKIKET_WEBHOOK']] }, []],
    ['a variable twice', line('PORT=\n¦PORT=1'), ['warning env-example-twice']],
    ['a line that is none', line('¦PORT'), ['warning env-example-line']],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('a secret is not told', async () => {
    const { problems } = await lintChanged({ [example]: [['SECRET=', 'SECRET=whsec_1']] });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('whsec_1');
  });
});

describe('versions:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'package.json has another one',
      { [json]: [['"version": "2.1.0"', '"version": ¦"2.0.0"']] },
      ['error version-mismatch'],
    ],
    [
      'the manifest has another one',
      {
        [manifest]: [['version: 2.1.0', 'version: 2.2.0']],
        [json]: [['"version": "', '"version": ¦"']],
        'docs/CHANGELOG.md': '# Changes\n\n¦## 2.1.0\n',
      },
      ['error version-mismatch', 'error version-mismatch'],
    ],
    [
      'the newest entry is of another one',
      { 'docs/CHANGELOG.md': '# Changes\n\n## Unreleased\n\n¦## 2.0.9 - 2026-01-02\n\n## 2.1.0\n' },
      ['error version-mismatch'],
    ],
    // The workflow that releases looks for the version alone.
    ...['[2.1.0] - 2026-01-02', 'v2.1.0'].map((heading): [string, Edits, string[]] => [
      `the newest entry is written as ${heading}`,
      { 'docs/CHANGELOG.md': `# Changes\n\n¦## ${heading}\n` },
      ['error version-mismatch'],
    ]),
    ['package.json has none', { [json]: [['{\n  "version": "2.1.0",', '¦{']] }, ['error version-mismatch']],
    [
      'all are a prerelease',
      {
        [manifest]: [['version: 2.1.0', 'version: 2.2.0-beta.1']],
        [json]: [['"2.1.0"', '"2.2.0-beta.1"']],
        'docs/CHANGELOG.md': '# Changes\n\n## 2.2.0-beta.1 - 2026-01-02\n',
      },
      [],
    ],
    ['there is no entry', { 'docs/CHANGELOG.md': '¦# Changes\n' }, ['error version-mismatch']],
    ['there is no change log', { 'docs/CHANGELOG.md': null }, ['docs/CHANGELOG.md:1:1 error changelog-missing']],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

describe('managed hosting:', () => {
  const hosting = '  hosting: { tier: minimal, egress: [camera.example.com] }\n  hooks:';
  const managed = (...edits: [string, string][]): Edits => ({ [manifest]: [['  hooks:', hosting], ...edits] });
  const database = (url: string, mark = '¦'): Edits[string] => [
    [
      'KIKET_SETTING_COLOR',
      `${mark}DATABASE_URL=${url}
KIKET_BASE_URL=https://kiket.example.com
KIKET_SDK_TELEMETRY_URL=https://kiket.example.com/
HOME_PAGE=https://example.com/
KIKET_SETTING_COLOR`,
    ],
  ];
  test.each<[string, Edits, string[]]>([
    ['all is there', managed(), []],
    [
      'outside of `extension`',
      { [manifest]: [['extension:', 'hosting: { tier: minimal, egress: [camera.example.com] }\nextension:']] },
      [],
    ],
    [
      'in two places that differ',
      managed(['extension:', '¦hosting: { tier: compute, egress: [] }\nextension:']),
      ['error hosting-twice'],
    ],
    ["Kiket's own", { [manifest]: [['  hooks:', '  hosting: internal\n  hooks:']] }, []],
    ['a tier that there is not', managed(['tier: minimal', 'tier: ¦tiny']), ['error manifest-shape']],
    ['no tier', managed(['hosting: { tier: minimal, ', '¦hosting: { ']), ['error manifest-shape']],
    ...[
      'https://camera.example.com',
      'camera.example.com:443',
      '*.example.com',
      'camera',
      '10.0.0.1',
      'example.com/a',
    ].map((host): [string, Edits, string[]] => [
      `egress to ${host}`,
      managed(['[camera.example.com]', `[camera.example.com, ¦'${host}']`]),
      ['error manifest-shape'],
    ]),
    [
      'an example that egress does not let out, which nobody calls',
      managed(['placeholder: https://camera', 'placeholder: https://cam']),
      [],
    ],
    [
      'a default that egress does not let out',
      managed([
        "placeholder: https://camera.example.com/live\n      default: ''",
        'default: ¦https://cam.example.com/{issue}',
      ]),
      ['error egress-lacks'],
    ],
    ['no egress, and nothing to call', managed([', egress: [camera.example.com]', '']), []],
    [
      'a database that egress does not let out',
      { ...managed(), [example]: database('postgres://me@db.example.com:5432/gate') },
      ['error egress-lacks'],
    ],
    [
      'a database without a name',
      { ...managed(), [example]: database('postgres://me@10.0.0.5/gate') },
      ['error egress-lacks'],
    ],
    ['a database on the same machine', { ...managed(), [example]: database('postgres://me@localhost/gate', '') }, []],
    ['another sdk', managed(['sdk: node', 'sdk: ¦go']), ['error hosting-sdk']],
    [
      'no sdk',
      managed(['  sdk: node\n', ''], ['  hosting', '  ¦hosting'], ['extension:', '¦extension:']),
      ['warning sdk', 'error hosting-sdk'],
    ],
    [
      'an address of its own',
      managed(['url: ${EXTENSION_BASE_URL}', 'url: ¦https://gate.example.com']),
      ['warning hosting-callback'],
    ],
    [
      'no callback url',
      managed(['    url: ${EXTENSION_BASE_URL}\n', ''], ['  callback:', '  ¦callback:']),
      ['error callback-url'],
    ],
    ['no lock file', { ...managed(), 'package-lock.json': null }, ['package-lock.json:1:1 error hosting-lock-file']],
    ['no tsconfig.json', { ...managed(), 'tsconfig.json': null }, ['tsconfig.json:1:1 error hosting-build']],
    [
      'no build script',
      {
        ...managed(),
        [json]: [
          ['    "build": "node scripts/build.js",\n', ''],
          ['"scripts"', '¦"scripts"'],
        ],
      },
      ['error hosting-build', 'package.json:3:3 warning package-script'],
    ],
    [
      'a compiler that is not there',
      {
        ...managed(),
        [json]: [
          ['"build": "node scripts/build.js"', '"build": "tsc && true"'],
          ['"typescript"', '¦"typescript"'],
        ],
      },
      ['error hosting-compiler'],
    ],
    [
      'a compiler that the build script imports',
      {
        ...managed(),
        [json]: [
          ['"esbuild"', '"express"'],
          ['"typescript"', '¦"esbuild"'],
        ],
      },
      ['error hosting-compiler'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

test('what lint and npm run hosting say of a host tells no part of a password', async () => {
  const { problems } = await lintChanged({
    [manifest]: [['  hooks:', '  hosting: { tier: minimal }\n  hooks:']],
    [example]: [['KIKET_SETTING_COLOR', 'DATABASE_URL=postgres://u:p@ss@db.corp.com/x\nKIKET_SETTING_COLOR']],
  });
  const said = problems.filter(({ rule }) => rule === 'egress-lacks').map(({ message, hint }) => message + hint);
  expect(said).toEqual([expect.stringContaining('DATABASE_URL names db.corp.com, which')]);
  expect(said.join('')).not.toContain('ss@');
});

describe('files around the code:', () => {
  // Put together, so that this file does not hold what it is about.
  const password = ['pass', 'word'].join('');
  const [liveKey, testKey] = ['live', 'test'].map((kind) => ['sk', kind, '1'].join('_'));
  const fake = (name: string) => ({ 'src/keys.ts': `¦${name} = '${'x'.repeat(20)}';\n` });
  test.each<[string, Edits, string[]]>([
    ['no README', { 'README.md': null }, ['README.md:1:1 warning readme']],
    ['a README of another kind', { 'README.md': null, 'README.rst': '' }, []],
    ['no licence', { LICENSE: null }, ['LICENSE:1:1 warning license']],
    [
      'no ci.yml',
      { '.github/workflows/ci.yml': null, '.github/workflows/test.yml': '' },
      ['.github/workflows/ci.yml:1:1 warning ci-workflow'],
    ],
    ['validate.yml', { '.github/workflows/ci.yml': null, '.github/workflows/validate.yml': '' }, []],
    ['no tests', { 'test/gate_test.ts': null }, ['test:1:1 warning tests-missing']],
    [
      'tests that doctor does not count',
      { 'test/gate_test.ts': null, 'test/gate.test.ts': '' },
      ['test/gate.test.ts:1:1 warning tests-uncounted'],
    ],
    ['requirements.txt', { 'requirements.txt': '' }, ['requirements.txt:1:1 warning other-language']],
    ['pyproject.toml', { 'pyproject.toml': '' }, ['pyproject.toml:1:1 warning other-language']],
    [
      'no test script',
      {
        [json]: [
          [',\n    "test": "true"', ''],
          ['"scripts"', '¦"scripts"'],
        ],
      },
      ['warning package-script'],
    ],
    [
      'no lint script',
      {
        [json]: [
          ['    "lint": "true",\n', ''],
          ['"scripts"', '¦"scripts"'],
        ],
      },
      ['warning package-script'],
    ],
    ['a package.json that is no JSON', { [json]: '{ "name": ¦}\n' }, ['error json-syntax']],
    ['no page for the marketplace', { 'docs/README.md': null }, ['docs/README.md:1:1 warning docs']],
    ['no guide', { 'docs/getting-started.md': null }, ['docs/getting-started.md:1:1 warning docs']],
    ['a lock file of yarn', { 'yarn.lock': '¦' }, ['warning package-manager']],
    ['a lock file of pnpm', { 'pnpm-lock.yaml': '¦' }, ['warning package-manager']],
    [
      'another package manager',
      { [json]: [['{\n', '{\n  "packageManager": ¦"pnpm@9.0.0",\n']] },
      ['warning package-manager'],
    ],
    ['npm as the package manager', { [json]: [['{\n', '{\n  "packageManager": "npm@10.0.0",\n']] }, []],
    ['secrets that git takes', { '.env': '¦KIKET_WEBHOOK_SECRET=\n' }, ['error env-tracked']],
    [
      'a key of package.json twice',
      {
        [json]: [
          ['"scripts"', '"version": "2.1.0",\n  "scripts"'],
          ['  "version": "2.1.0",\n  "scripts"', '  ¦"version": "2.1.0",\n  "scripts"'],
        ],
      },
      ['error yaml-duplicate-key'],
    ],
    ['an API key', fake('api_key'), ['warning hard-coded-secret']],
    ['a secret key', fake('secret_key'), ['warning hard-coded-secret']],
    [
      'a password',
      {
        'config/a.yaml': `user: me
¦${password}: "x"
`,
      },
      ['warning hard-coded-secret'],
    ],
    ['a live key', { 'src/keys.ts': `const key = "¦${liveKey}";\n` }, ['warning hard-coded-secret']],
    ['a test key', { 'src/keys.ts': `const key = "¦${testKey}";\n` }, ['warning hard-coded-secret']],
    ['a key below a dot', { '.github/keys.ts': `const key = "${testKey}";\n` }, []],
    ['a short API key', { 'src/keys.ts': "api_key = 'x';\n" }, []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
