import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { projectOf } from '../../src/lint/project.ts';
import { ownSettingsRules } from '../../src/lint/rules/ownSettings.ts';
import { soundFiles } from '../support/soundFiles.ts';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const file = '.kiket/manifest.yaml';
const manifest = (from: string, to: string): Edits => ({ [file]: [[from, to]] });

test('a sound extension has no problem', async () => {
  expect((await lintChanged()).found).toEqual([]);
});

test('every problem of a run is told, by file and line, each with what to do', async () => {
  const { problems } = await lintChanged({
    [file]: [
      ['timeout: 10000', "timeout: '10000'"],
      ['  name: Gate\n', ''],
    ],
    LICENSE: null,
  });
  expect(problems).toEqual([
    {
      file,
      line: 3,
      column: 1,
      severity: 'error',
      message: 'extension.name is missing.',
      hint: 'The name that people see.',
      rule: 'manifest-shape',
    },
    {
      file,
      line: 13,
      column: 14,
      severity: 'error',
      message: 'extension.callback.timeout is the text "10000", but has to be a number.',
      hint: 'How long Kiket waits for an answer, in milliseconds: a number from 100 to 60000, without quotes. The kiket CLI crashes on a quoted one.',
      rule: 'manifest-shape',
    },
    {
      file: 'LICENSE',
      line: 1,
      column: 1,
      severity: 'warning',
      message: 'There is no LICENSE.',
      hint: 'Add the text of a licence.',
      rule: 'license',
    },
  ]);
});

test('what is missing, and a key of another form, are told as that', async () => {
  const { problems } = await lintChanged({
    [file]: [
      ['  delivery: http\n', ''],
      ['    color:', '    wall-color:'],
      ['collect: [color]', 'collect: [wall-color]'],
      ['showWhen: { field: color }', 'showWhen: { field: wall-color }'],
    ],
    '.env.example': [['KIKET_SETTING_COLOR=\n', '']],
  });
  expect(problems.map(({ message }) => message)).toEqual([
    'extension.delivery is missing.',
    'extension.configuration.wall-color has to be letters, digits and underscores, because its variable is called after it.',
  ]);
});

describe('a manifest that the kiket CLI does not find, or crashes on:', () => {
  test.each<[string, Edits, string[]]>([
    ['none', { [file]: null }, [`${file}:1:1 error manifest-missing`]],
    [
      'no extension',
      { [file]: "¦model_version: '1.0'\n" },
      ['error manifest-form', `${file}:1:1 warning manifest-schema-unnamed`],
    ],
    ['an empty file', { [file]: '¦' }, ['error manifest-form', `${file}:1:1 warning manifest-schema-unnamed`]],
    ['an extension that is a list', manifest('extension:\n', '¦extension: []\nothers:\n'), ['error manifest-form']],
    ['a quote that is not closed', manifest('  name: Gate\n', '  name: ¦"Gate\n'), ['error yaml-syntax']],
    ['a key twice', manifest('  name: Gate\n', '  name: Gate\n  ¦name: Gate\n'), ['error yaml-duplicate-key']],
    ['an alias', manifest('label: Open', 'label: &open Open\n      description: ¦*open'), ['error yaml-alias']],
    [
      'an alias without an anchor',
      manifest('label: Open', 'label: ¦¦*open'),
      ['error yaml-alias', 'error yaml-syntax'],
    ],
    ['a date', manifest('name: Gate\n', 'name: Gate\n  since: ¦2026-01-02\n'), ['error yaml-date']],
    ['a time', manifest('name: Gate\n', 'name: Gate\n  since: ¦2026-01-02T10:00:00Z\n'), ['error yaml-date']],
    ['a date that is said to be text', manifest('name: Gate\n', 'name: Gate\n  since: !!str 2026-01-02\n'), []],
    ['a date as text', manifest('name: Gate\n', "name: Gate\n  since: '2026-01-02'\n"), []],
    ['a timeout in quotes', manifest('timeout: 8000', 'timeout: ¦"8000"'), ['error manifest-shape']],
    ['an api_version that is a number', manifest('api_version: v1', 'api_version: ¦1'), ['error manifest-shape']],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('one at another place, where the guardian would find it', async () => {
    const place = '.kiket/extensions/gate/manifest.yaml';
    const text = 'extension: { id: a.b, name: Gate, version: 1.0.0 }\n';
    const { found } = await lintChanged({ [file]: null, [place]: text });
    expect(found).toContain(`${place}:1:1 warning manifest-place`);
    expect(found).not.toContain(`${file}:1:1 error manifest-missing`);
  });

  test('the flat one of the SDKs', async () => {
    const { found } = await lintChanged({ [file]: null, 'extension.yaml': 'id: a.b\nversion: 1.0.0\n' });
    expect(found).toEqual(
      expect.arrayContaining(['extension.yaml:1:1 warning manifest-place', 'extension.yaml:1:1 error manifest-form']),
    );
  });
});

describe('what the kiket CLI and the marketplace refuse in a manifest:', () => {
  test.each<[string, Edits, string[]]>([
    ['no id', manifest('extension:\n  id: com.acme.gate\n', '¦extension:\n'), ['error manifest-shape']],
    [
      'no name',
      manifest('extension:\n  id: com.acme.gate\n  name: Gate\n', '¦extension:\n  id: com.acme.gate\n'),
      ['error manifest-shape'],
    ],
    [
      'no delivery',
      {
        [file]: [
          ['  delivery: http\n', ''],
          ['extension:', '¦extension:'],
        ],
      },
      ['error manifest-shape'],
    ],
    ['a delivery by mail', manifest('delivery: http', 'delivery: ¦mail'), ['error manifest-shape']],
    ['a delivery that is a map', manifest('  delivery: http', '  ¦delivery: { type: http }'), ['error manifest-shape']],
    ['a timeout that is too short', manifest('timeout: 10000', 'timeout: ¦99'), ['error manifest-shape']],
    ['a timeout that is too long', manifest('timeout: 10000', 'timeout: ¦60001'), ['error manifest-shape']],
    ['another sdk', manifest('sdk: node', 'sdk: ¦rust'), ['error manifest-shape']],
    [
      'no sdk',
      {
        [file]: [
          ['  sdk: node\n', ''],
          ['extension:', '¦extension:'],
        ],
      },
      ['warning sdk'],
    ],
    [
      'no callback',
      {
        [file]: [
          ['callback:', 'deliveries:'],
          ['delivery: http', 'delivery: ¦http'],
        ],
      },
      ['error callback-missing', `${file}:3:1 warning guard-not-required`],
    ],
    [
      'no callback url',
      {
        [file]: [
          ['    url: ${EXTENSION_BASE_URL}\n', ''],
          ['callback:', '¦callback:'],
        ],
      },
      ['error callback-url'],
    ],
    [
      'a callback url that is not safe',
      manifest('url: ${EXTENSION_BASE_URL}', 'url: ¦http://example.com'),
      ['error manifest-shape'],
    ],
    [
      'no callback secret',
      {
        [file]: [
          ['    secret: env.KIKET_WEBHOOK_SECRET\n', ''],
          ['callback:', '¦callback:'],
        ],
      },
      ['warning callback-secret'],
    ],
    [
      'a callback secret in the manifest',
      manifest('secret: env.KIKET_WEBHOOK_SECRET', 'secret: ¦hunter2'),
      ['error manifest-shape'],
    ],
    [
      'a callback secret that nobody sets',
      manifest('secret: env.KIKET_WEBHOOK_SECRET', 'secret: ¦env.MY_SECRET'),
      ['error callback-secret'],
    ],
    ['no model_version', { [file]: [["model_version: '1.0'\n", '']] }, [`${file}:1:1 warning model-version`]],
    [
      'a model_version that is a number',
      manifest("model_version: '1.0'", 'model_version: ¦1.0'),
      ['error manifest-shape'],
    ],
    [
      'capitals in the id',
      {
        [file]: [
          ['id: com.acme.gate', 'id: ¦com.Acme.gate'],
          ['module: com.acme', 'module: com.Acme'],
        ],
        '.kiket/modules/visits/schema.yml': [['com.acme', 'com.Acme']],
        'docs/examples/gate.yaml': null,
      },
      ['warning id-characters'],
    ],
    [
      'an id without a dot',
      { [file]: [['id: com.acme.gate', 'id: ¦gate']], 'docs/examples/gate.yaml': null },
      ['error id-dotted'],
    ],
    [
      'a version of two numbers',
      {
        [file]: [['version: 2.1.0', "version: ¦'2.1'"]],
        'package.json': [['2.1.0', '2.1']],
        'docs/CHANGELOG.md': '## 2.1\n',
      },
      ['error version-form'],
    ],
    [
      'no description',
      {
        [file]: [
          ['  description: Keeps the gate.\n', ''],
          ['extension:', '¦extension:'],
        ],
      },
      ['warning description'],
    ],
    ['an operation that there is not', manifest('[read, write]', '[read, write, ¦drop]'), ['error manifest-shape']],
    [
      'a hosting tier that there is not',
      {
        [file]: [
          ['  hooks:', '  hosting: { tier: ¦huge }\n  hooks:'],
          ['placeholder: https://camera.example.com/live', 'placeholder: somewhere'],
        ],
      },
      ['error manifest-shape'],
    ],
    [
      'an egress with a scheme',
      manifest(
        '  hooks:',
        '  hosting: { tier: minimal, egress: [camera.example.com, ¦"https://api.example.com"] }\n  hooks:',
      ),
      ['error manifest-shape'],
    ],
    [
      'an action key with capitals',
      manifest('scopes: [issue, project]', 'scopes: [issue, project]\n    - key: ¦openAll'),
      ['error manifest-shape', `${file}:34:12 error handler-missing`, `${file}:34:12 error replay-missing`],
    ],
    [
      'an action that is offered nowhere',
      manifest('scopes: [issue, project]', 'scopes: [issue, ¦board]'),
      ['error manifest-shape'],
    ],
    ['actions that are text', manifest('  actions:', '  actions: ¦open_gate\n  others:'), ['error manifest-shape']],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

describe('a guard that nobody waits for:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'its hook is not required',
      manifest('      required: true\n', '      required: ¦false\n'),
      ['error guard-not-required'],
    ],
    [
      'its hook does not say so',
      manifest(
        '    - event: workflow.before_transition\n      required: true\n',
        '    - ¦event: workflow.before_transition\n',
      ),
      ['error guard-not-required'],
    ],
    [
      'its hook is a name alone',
      manifest('event: workflow.before_transition\n      required: true\n      timeout: 8000', '¦before_transition'),
      ['error guard-not-required'],
    ],
    [
      'the callback is not required',
      manifest('    required: true\n', '    required: ¦false\n'),
      ['warning guard-not-required'],
    ],
    [
      'an event that Kiket does not know',
      {
        [file]: [['  actions:', '    - event: ¦issue.vanished\n  actions:']],
        'src/extension/index.ts': [["'issue.created'", "'issue.vanished': noteVisit, 'issue.created'"]],
        'replay/created.json': '{ "event": "issue.created", "issue": { "id": 1 } }',
        'replay/vanished.json': '{ "event": "issue.vanished" }',
        'replay/scenario.yaml': [
          ['- { send: close', '- { send: vanished.json, http: 200, answer: {} }\n    - { send: close'],
        ],
      },
      ['warning event-unknown'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

describe('settings and secrets:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'a type that there is not',
      manifest('color:\n      type: string', 'color:\n      type: ¦colour'),
      ['error manifest-shape'],
    ],
    [
      'a key that no variable can have',
      {
        [file]: [
          ['    color:', '    ¦wall-color:'],
          ['collect: [color]', 'collect: [wall-color]'],
          ['showWhen: { field: color }', 'showWhen: { field: wall-color }'],
        ],
        '.env.example': [['KIKET_SETTING_COLOR=\n', '']],
      },
      ['error manifest-shape'],
    ],
    ['a default that is no option', manifest('default: red', 'default: ¦blue'), ['error setting-default']],
    ['a default of another type', manifest("default: '2'", 'default: ¦two'), ['error setting-default']],
    ['a default out of range', manifest("default: '2'", 'default: ¦4'), ['error setting-default']],
    ['a number whose default is a list', manifest("default: '2'", '¦default: [2]'), ['error setting-default']],
    ['a default that is a list of lists', manifest("default: '2'", 'default: [¦[2]]'), ['error manifest-shape']],
    [
      'options where Kiket has its own',
      manifest('home_board:\n      type: board', 'home_board:\n      type: board\n      ¦options: []'),
      ['warning options-unused'],
    ],
    [
      'a secret without a description',
      {
        [file]: [
          ['      description: Lets the gate see.\n', ''],
          ['    CAMERA_TOKEN:', '    ¦CAMERA_TOKEN:'],
        ],
      },
      ['warning secret-description'],
    ],
    [
      'a secret of the older form without one',
      manifest('  hooks:', '  secrets:\n    - ¦key: OLD\n  hooks:'),
      ['warning secret-description'],
    ],
    [
      'a secret with a default',
      manifest('secret: true', 'secret: true\n      default: ¦abc'),
      ['error secret-default'],
    ],
    [
      'a secret with a list as default',
      manifest('secret: true', 'secret: true\n      ¦default: [abc]'),
      ['error secret-default'],
    ],
    [
      'a secret in small letters',
      {
        [file]: [
          ['    CAMERA_TOKEN:', '    ¦camera_token:'],
          ['collect: [CAMERA_TOKEN]', 'collect: [camera_token]'],
        ],
      },
      ['warning secret-name'],
    ],
    [
      'a scope that there is not',
      manifest('secret: true', 'secret: true\n      scope: ¦world'),
      ['error manifest-shape'],
    ],
    [
      'an output field without a label',
      manifest('gate_url: { label: The gate, ', '¦gate_url: { '),
      ['warning output-field-label'],
    ],
    ['an output field with capitals', manifest('gate_url:', '¦gateUrl:'), ['error manifest-shape']],
    ['an output field of an unknown type', manifest('type: url', 'type: ¦link'), ['error manifest-shape']],
    ['an output field with an odd icon', manifest('icon: door-open', 'icon: ¦Door'), ['error manifest-shape']],
    [
      'an output field with help elsewhere',
      manifest('help_url: https://example.com/help', 'help_url: ¦ftp://example.com'),
      ['error manifest-shape'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

test('a key with a letter wrong is told, and any other that lint does not know is not', async () => {
  const { found, expected } = await compareProblems(
    {
      [file]: [
        ['      required: true\n      timeout: 8000', '      required: true\n      ¦tiemout: 8000\n      colour: red'],
        ['  description: Keeps the gate.', '  description: Keeps the gate.\n  ¦homepge: https://example.com'],
      ],
      '.kiket/modules/visits/schema.yml': [['length: 64', '¦nul: false']],
    },
    ['warning key-unknown', 'warning key-unknown', 'warning key-unknown'],
  );
  expect(found).toEqual(expected);
});

describe('a name that is there already:', () => {
  test.each<[string, Edits, string[]]>([
    ['of a hook', manifest('  actions:', '    - ¦case.created\n  actions:'), ['error manifest-twice']],
    ['of an action', manifest('  contributes:', '    - key: ¦open_gate\n  contributes:'), ['error manifest-twice']],
    [
      'of a command',
      manifest(
        '    workflow_actions:',
        '      - command: ¦gate.open_gate\n        handler: { type: extension_event, event: gate.open_gate }\n    workflow_actions:',
      ),
      ['error manifest-twice'],
    ],
    [
      'of a setting',
      manifest('    home_board:', '    ¦COLOR: { type: string }\n    home_board:'),
      ['error manifest-twice'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

test("a default that the extension's own schema refuses is told where it stands", async () => {
  const schema = z.object({ color: z.enum(['green']), guards: z.number() });
  const project = projectOf(soundFiles);
  expect(await ownSettingsRules(project, async () => schema)).toMatchObject([
    { file, line: 46, severity: 'error', message: expect.stringContaining('default of color') as string },
  ]);
  const takes = z.object({ color: z.enum(['red']), guards: z.number() });
  expect(await ownSettingsRules(project, async () => takes)).toEqual([]);
  expect(await ownSettingsRules(project)).toEqual([]);
});

test('a second document is told without advice to programmers', async () => {
  const { problems } = await lintChanged({ [file]: [["model_version: '1.0'\n", "model_version: '1.0'\n---\n"]] });
  expect(problems.map(({ message }) => message)).toContain('A second document begins here.');
});

describe('the setup wizard:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'a step that there is not',
      manifest('    - info:\n', '    - ¦oauth: {}\n    - info:\n'),
      ['error manifest-shape'],
    ],
    ['a step without a kind', manifest('    - info:\n', '    - ¦{}\n    - info:\n'), ['error manifest-shape']],
    [
      'two steps in one',
      manifest('    - info:\n', '    - ¦test: { action: gate.open_gate }\n      configure: {}\n    - info:\n'),
      ['error manifest-shape'],
    ],
    [
      'a step for secrets that asks for none',
      manifest('    - info:\n', '    - ¦secrets: { title: Nothing }\n    - info:\n'),
      ['error manifest-shape'],
    ],
    [
      'a step for secrets that collects none',
      manifest('    - info:\n', '    - ¦secrets: { collect: [] }\n    - info:\n'),
      ['error manifest-shape'],
    ],
    ['a field without a key', manifest('- key: shape\n            type', '- ¦type'), ['error manifest-shape']],
    ['a way to obtain that there is not', manifest('type: oauth2,', 'type: ¦magic,'), ['error manifest-shape']],
    [
      'OAuth without where people agree',
      manifest(
        '          - key: camera_login\n            obtain: { type: oauth2, authorization_url: https://example.com/a,',
        '          - key: camera_login\n            ¦obtain: { type: oauth2,',
      ),
      ['error manifest-shape'],
    ],
    [
      'OAuth without where the token is',
      manifest(
        '            obtain: { type: oauth2, authorization_url: https://example.com/a, token_url: https://example.com/t }',
        '            ¦obtain: { type: oauth2_client_credentials, authorization_url: https://example.com/a }',
      ),
      ['error manifest-shape'],
    ],
    [
      'a select without options',
      manifest(
        '          - key: shape\n            type: select\n            options: [round]',
        '          - ¦key: shape\n            type: select',
      ),
      ['error manifest-shape'],
    ],
    [
      'a select with no option',
      manifest(
        '          - key: shape\n            type: select\n            options: [round]',
        '          - ¦key: shape\n            type: select\n            options: []',
      ),
      ['error manifest-shape'],
    ],
    [
      'a link without an address',
      manifest('{ label: More, url: https://example.com }', '¦{ label: More }'),
      ['error manifest-shape'],
    ],
    [
      'a link without a label',
      manifest('{ label: More, url: https://example.com }', '¦{ url: https://example.com }'),
      ['error manifest-shape'],
    ],
    [
      'a setting that there is not',
      manifest('collect: [color]', 'collect: [color, ¦colour]'),
      ['warning setup-collect'],
    ],
    [
      'a field that depends on one that is not asked for',
      manifest('showWhen: { field: color }', 'showWhen: { field: ¦guards }'),
      ['warning setup-show-when'],
    ],
    [
      'options that Kiket fills',
      manifest('type: select\n            options', 'type: board\n            ¦options'),
      ['warning options-unused'],
    ],
    [
      'a test of nothing',
      {
        [file]: [
          ['        action: gate.open_gate\n', ''],
          ['    - test:', '    - ¦test:'],
        ],
      },
      ['warning setup-test-action'],
    ],
    [
      'an info without a title',
      {
        [file]: [
          ['        title: Welcome\n', ''],
          ['    - info:', '    - ¦info:'],
        ],
      },
      ['warning setup-info-title'],
    ],
    [
      'an info that says nothing',
      {
        [file]: [
          ['        content: This is a gate.\n', ''],
          ['    - info:', '    - ¦info:'],
        ],
      },
      ['warning setup-info-content'],
    ],
    [
      'a secret that no step asks for',
      {
        [file]: [
          ['collect: [CAMERA_TOKEN]', 'collect: []'],
          ['    CAMERA_TOKEN:', '    ¦CAMERA_TOKEN:'],
        ],
      },
      ['error secret-not-collected'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

test('what is wrong is told as it is written', async () => {
  const told = async (edits: Edits) => (await lintChanged(edits)).problems.map(({ message }) => message);
  const action = '    - key: open_gate\n      label: Open\n';
  expect(await told(manifest(action, `    - key: open_gate\n${action}`))).toEqual([
    'There is an action open_gate already.',
  ]);
  // 1.0 is the number 1 to YAML.
  expect(await told(manifest('version: 2.1.0', 'version: 1.0'))).toContain(
    'extension.version is a number, but has to be text: put it into quotes.',
  );
});

describe('the schema for editors:', () => {
  const schema = '.kiket/manifest.schema.json';
  test.each<[string, Edits, string[]]>([
    ['it is stale', { [schema]: '{}\n' }, [`${schema}:1:1 error manifest-schema-stale`]],
    ['it is missing', { [schema]: null }, [`${file}:1:1 error manifest-schema-missing`]],
    [
      'the manifest does not name it',
      { [file]: [['# yaml-language-server: $schema=./manifest.schema.json\n', '']] },
      [`${file}:1:1 warning manifest-schema-unnamed`],
    ],
    [
      'there is none at all',
      { [schema]: null, [file]: [['# yaml-language-server: $schema=./manifest.schema.json\n', '']] },
      [],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
