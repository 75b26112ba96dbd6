import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { HandlerTable } from '../../src/lint/project.ts';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';
import { soundFiles, tableOf } from '../support/soundFiles.ts';

const files: Readonly<Record<string, string>> = {
  manifest: '.kiket/manifest.yaml',
  module: '.kiket/modules/visits/schema.yml',
  env: '.env.example',
  visits: 'src/visits.ts',
  scenario: 'replay/scenario.yaml',
  move: 'replay/move.json',
  npm: 'package.json',
  changes: 'docs/CHANGELOG.md',
};

/**
 * One change a line: file, text, what replaces it, and what is found then, at each mark `¦`. `-` takes a text or a file out,
 * `+` puts a file in. A case of several changes has several lines, the last of which says what is found.
 */
function casesOf(table: string): [title: string, edits: Edits, rules: string[]][] {
  const cases: [string, Edits, string[]][] = [];
  let edits: Record<string, Edits[string]> = {};
  for (const line of table.trim().split('\n')) {
    const [name = '', from = '', to = '', found] = line
      .split(/ *\| */)
      .map((cell) => cell.trim().replaceAll('\\n', '\n'));
    const file = files[name] ?? name;
    edits[file] = editOf(file, edits[file], { from, to });
    if (found === undefined) continue;
    const rules = found.split(/, */).map((rule) => rule.replace(/^(\w+)(?=:\d)/, (short) => files[short] ?? short));
    cases.push([`${name}: ${from} → ${to}`, edits, found === 'nothing' ? [] : rules]);
    edits = {};
  }
  return cases;
}

function editOf(
  file: string,
  before: Edits[string] | undefined,
  { from, to }: { from: string; to: string },
): Edits[string] {
  if (from === '-' && to === '') return null;
  if (from === '+') return to;
  const earlier = Array.isArray(before) ? (before as [string, string][]) : [];
  if (to !== '-') return [...earlier, [from, to]];
  // A line goes with its indentation.
  const text = soundFiles[file] ?? '';
  const start = text.slice(0, text.indexOf(from));
  return [...earlier, [/ *$/.exec(start)?.[0] + from, '']];
}

const check = (table: string, handlers: Partial<HandlerTable> = {}) =>
  test.each(casesOf(table))('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules, handlers);
    expect(found).toEqual(expected);
  });

test('a sound extension has no problem', async () => {
  expect((await lintChanged()).found).toEqual([]);
});

describe('YAML and JSON', () => {
  check(String.raw`
    manifest | name: Gate          | name: ¦"Gate                               | error yaml-syntax
    manifest | name: Gate          | name: Gate\n  ¦name: Gate                  | error yaml-duplicate-key
    manifest | label: Open         | label: &open Open\n      description: ¦*open | error yaml-alias
    manifest | label: Open         | label: ¦*open                              | error yaml-alias, manifest:1:1 error yaml-syntax
    manifest | name: Gate          | name: Gate\n  since: ¦2026-01-02           | error yaml-date
    manifest | name: Gate          | name: Gate\n  since: ¦2026-01-02T10:00:00Z | error yaml-date
    manifest | name: Gate          | name: Gate\n  since: '2026-01-02'          | nothing
    manifest | name: Gate          | name: Gate\n  since: !!str 2026-01-02      | nothing
    scenario | part: All           | part: ¦"All                                | error yaml-syntax
    npm      | "version": "2.1.0"  | "version": '2.1.0'                         | npm:1:1 error json-syntax
    move     | "open"              | "open" ¦/* here */                         | error json-syntax
    move     | "to"                | ¦to                                        | error json-syntax
    move     | "to": "done" }\n    | "to": "done" },\n                         | move:5:1 error json-syntax
    move     | "from": "open"      | "from": "open", "from": "a"                | move:4:35 error yaml-duplicate-key
  `);
});

test('a line break in the name of a file starts no line of its own', async () => {
  const { problems } = await lintChanged({ 'replay/a\n::error::b.json': '{}' });
  expect(problems.map(({ file }) => file)).toEqual(['replay/a ::error::b.json']);
});

describe("what Kiket's own lint and its marketplace refuse in a manifest, or crash on", () => {
  check(String.raw`
    manifest | -                   |                                   | manifest:1:1 error manifest-missing
    manifest | +                   | ¦model_version: '1.0'             | error manifest-form
    manifest | +                   | ¦                                 | error manifest-form
    manifest | timeout: 8000       | timeout: ¦"8000"                  | error manifest-shape
    manifest | timeout: 10000      | timeout: ¦99                      | error manifest-shape
    manifest | timeout: 10000      | timeout: ¦60001                   | error manifest-shape
    manifest | api_version: v1     | api_version: ¦1                   | error manifest-shape
    manifest | version: 2.1.0      | version: ¦1.0                     | error manifest-shape
    manifest | id: com.acme.gate\n | -                                 | manifest:3:1 error manifest-shape
    manifest | name: Gate\n        | -                                 | manifest:3:1 error manifest-shape
    manifest | delivery: http\n    | -                                 | manifest:3:1 error manifest-shape
    manifest | delivery: http      | delivery: ¦mail                   | error manifest-shape
    manifest | delivery: http      | ¦delivery: { type: http }         | error manifest-shape
    manifest | sdk: node           | sdk: ¦rust                        | error manifest-shape
    manifest | sdk: node\n         | -                                 | manifest:3:1 warning sdk
    manifest | description: Keeps the gate.\n | -                      | manifest:3:1 warning description
    manifest | model_version: '1.0'\n | -                              | manifest:1:1 warning model-version
    manifest | model_version: '1.0' | model_version: ¦1.0              | error manifest-shape
    manifest | callback:\n    url: | ¦callback:\n    address:          | error callback-url
    manifest | url: $              | url: ¦http://$                    | error manifest-shape
    manifest | callback:\n    url: $ | callback:\n    url: ¦ftp://$    | error manifest-shape
    manifest | secret: env.KIKET_WEBHOOK_SECRET\n | -                  | manifest:11:3 warning callback-secret
    manifest | env.KIKET_WEBHOOK_SECRET | ¦hunter2                     | error manifest-shape
    manifest | env.KIKET_WEBHOOK_SECRET | ¦env.MY_SECRET               | error callback-secret
    manifest | id: com.acme.gate   | id: ¦gate                         | error manifest-shape
    manifest | [read, write]       | [read, write, ¦drop]              | error manifest-shape
    manifest | scopes: [issue, project] | scopes: [issue, ¦board]      | error manifest-shape
    manifest | actions:            | actions: ¦open_gate\n  others:    | error manifest-shape
    manifest | hooks:              | hosting: { tier: ¦huge }\n  hooks: | error manifest-shape
    manifest | hooks:              | hosting: { tier: minimal, egress: [¦"https://a.example.com"] }\n  hooks: | error manifest-shape
    manifest | timeout: 8000       | ¦tiemout: 8000                    | warning key-unknown
  `);

  test('at another place, or in the flat form of the SDKs, it is not found', async () => {
    const { found } = await lintChanged({
      [files['manifest'] ?? '']: null,
      'extension.yaml': 'id: a.b\nversion: 1.0.0\n',
    });
    expect(found).toEqual(
      expect.arrayContaining(['extension.yaml:1:1 warning manifest-place', 'extension.yaml:1:1 error manifest-form']),
    );
  });

  test('it is reported with what is wrong, and what to do', async () => {
    const { problems } = await lintChanged({ [files['manifest'] ?? '']: [['timeout: 8000', 'timeout: "8000"']] });
    expect(problems).toMatchObject([
      {
        message: expect.stringMatching(/^extension\.hooks\.0\.timeout must be .*without quotes/) as string,
      },
    ]);
  });
});

describe('every published form of a manifest is fine:', () => {
  check(String.raw`
    manifest | handler: { type: extension_event, event: gate.workflowAction.close_gate } | handler: gate.workflowAction.close_gate | nothing
    manifest | hooks:              | activationEvents: [workflow.before_transition, issue.created]\n  hooks: | nothing
    manifest | default: '2'        | default: 2                        | nothing
    manifest | home_board:         | is_open: { type: boolean, default: "false" }\n    home_board:
    env      | KIKET_SETTING_COLOR= | KIKET_SETTING_IS_OPEN=\nKIKET_SETTING_COLOR= | nothing
    manifest | camera_url:\n      type: string | camera_url:\n      type: text\n      readonly: true | nothing
    manifest | secret: env.KIKET   | secret: env:KIKET                 | nothing
    manifest | hooks:              | hosting: internal\n  hooks:       | nothing
    manifest | permissions:\n    - issues:read | permissions:\n    - read:issues | nothing
    manifest | model_version: '1.0'\n | model_version: '1.0'\npermissions: [issues:read, comments:write, custom_data:write, workflows:read]\n
    manifest |   permissions:\n    - issues:read\n    - comments:write\n    - custom_data:write\n    - workflows:read\n | - | nothing
    manifest | model_version: '1.0'\n | model_version: '1.0'\nhooks: [{ event: before_transition, required: true }, issue.created]\n
    manifest | hooks:\n    - event: workflow.before_transition\n      required: true\n      timeout: 8000\n    - event: issue.created\n | - | nothing
    manifest | model_version: '1.0'\n | model_version: '1.0'\nactions: [{ key: open_gate }]\n
    manifest | actions:\n    - key: open_gate\n      label: Open\n      scopes: [issue, project]\n | - | nothing
  `);
});

describe('what stands beside the extension counts:', () => {
  check(String.raw`
    manifest | setup:\n    - info | others:\n    - info
    manifest | model_version: '1.0'\n | model_version: '1.0'\nsetup: [{ ¦oauth: {} }]\n | error manifest-shape, manifest:60:5 error secret-not-collected
    manifest | model_version: '1.0'\n | model_version: '1.0'\nhooks: [issue.created]\n | manifest:27:5 error manifest-refused
    manifest | model_version: '1.0'\n | model_version: '1.0'\nactions: []\n            | manifest:32:5 error manifest-refused
    manifest | model_version: '1.0'\n | model_version: '1.0'\nhooks: [¦before_transition, issue.created]\n
    manifest | hooks:\n    - event: workflow.before_transition\n      required: true\n      timeout: 8000\n    - event: issue.created\n | - | error guard-not-required
  `);
});

describe('a guard that nobody waits for', () => {
  check(String.raw`
    manifest | required: true\n      timeout | required: ¦false\n      timeout | error guard-not-required
    manifest | event: workflow.before_transition\n      required: true | ¦event: workflow.before_transition | error guard-not-required
    manifest | event: workflow.before_transition\n      required: true\n      timeout: 8000 | ¦before_transition | error guard-not-required
    manifest | 10000\n    required: true | 10000\n    required: ¦false     | warning guard-not-required
  `);
});

describe('settings and secrets', () => {
  check(String.raw`
    manifest | color:\n      type: string | color:\n      type: ¦colour    | error manifest-shape
    manifest | home_board:         | ¦home-board:
    env      | # KIKET_SETTING_HOME_BOARD=\n | -                       | error manifest-shape
    manifest | default: red        | default: ¦blue                    | error setting-default
    manifest | default: '2'        | default: ¦two                     | error setting-default
    manifest | default: '2'        | default: ¦4                       | error setting-default
    manifest | secret: true        | secret: true\n      default: ¦abc | error secret-default
    manifest | secret: true        | secret: true\n      scope: ¦world | error manifest-shape
    manifest | gate_url:           | ¦gateUrl:                         | error manifest-shape
    manifest | type: url           | type: ¦link                       | error manifest-shape
    manifest | icon: door-open     | icon: ¦Door                       | error manifest-shape
    manifest | https://example.com/help | ¦ftp://example.com           | error manifest-shape
  `);

  describe('are read by the schema of the extension', () => {
    const settingsSchema = z.object({ color: z.enum(['green']), guards: z.number() });
    check(
      String.raw`
        manifest | default: red    | default: ¦red                     | error setting-default
        manifest | default: red    | default: green                    | nothing
      `,
      { settingsSchema },
    );
    const another = z.object({ weather: z.string() });
    check('manifest | configuration: | ¦configuration: | error setting-missing', { settingsSchema: another });
  });
});

describe('the setup wizard', () => {
  check(String.raw`
    manifest | - info:             | - ¦oauth: {}\n    - info:         | error manifest-shape
    manifest | - info:             | - ¦{}\n    - info:                | error manifest-shape
    manifest | - info:             | - ¦test: { action: gate.open_gate }\n      configure: {}\n    - info: | error manifest-shape
    manifest | - info:             | - ¦secrets: { title: Nothing }\n    - info: | error manifest-shape
    manifest | - key: shape\n            type | - ¦type                | error manifest-shape
    manifest | type: oauth2,       | type: ¦magic,                     | error manifest-shape
    manifest | obtain: { type: oauth2, authorization_url: https://example.com/a, | ¦obtain: { type: oauth2, | error manifest-shape
    manifest | , token_url: https://example.com/t } | }                | manifest:75:13 error manifest-shape
    manifest | - key: shape\n            type: select\n            options: [round] | - ¦key: shape\n            type: select | error manifest-shape
    manifest | { label: More, url: https://example.com } | ¦{ label: More } | error manifest-shape
    manifest | CAMERA_TOKEN:       | ¦CAMERA_TOKEN:
    manifest | [CAMERA_TOKEN]      | []                                | error secret-not-collected
  `);
});

describe('.env.example', () => {
  check(String.raw`
    env      | -                   |                                   | env:1:1 error env-example
    manifest | color:\n            | ¦color:\n
    env      | KIKET_SETTING_COLOR=\n | -                              | error env-example
    manifest | CAMERA_TOKEN:       | ¦CAMERA_TOKEN:
    env      | KIKET_SECRET_CAMERA_TOKEN=\n | -                        | error env-example
    env      | KIKET_SETTING_COLOR= | ¦KIKET_SETTING_COLOUR=\nKIKET_SETTING_COLOR= | error env-example
    env      | KIKET_SETTING_COLOR= | ¦KIKET_SECRET_OTHER=\nKIKET_SETTING_COLOR= | error env-example
    env      | KIKET_SETTING_COLOR= | export KIKET_SETTING_COLOR=      | nothing
    manifest | secret: true        | secret: ¦'true'                   | error manifest-shape, env:6:1 error env-example
    env      | WEBHOOK_SECRET=     | WEBHOOK_SECRET=whsec_1            | env:1:1 error env-example-secret
    env      | KIKET_WEBHOOK       | ¦# KIKET_WEBHOOK_SECRET_PREVIOUS=a\nKIKET_WEBHOOK | error env-example-secret
    env      | CAMERA_TOKEN=       | CAMERA_TOKEN='abc'                | env:6:1 error env-example-secret
    env      | KIKET_WEBHOOK       | ¦API_KEY=abc\nKIKET_WEBHOOK       | error env-example-secret
    env      | KIKET_WEBHOOK       | ¦DB=postgres://me:hunter2@db.example.com/a\nKIKET_WEBHOOK | error env-example-secret
    env      | KIKET_WEBHOOK       | DB=postgres://me@db.example.com/a\nKIKET_WEBHOOK | nothing
    env      | KIKET_WEBHOOK       | PUBLIC_KEY=abc\nAPI_KEY=''\nKIKET_WEBHOOK | nothing
  `);

  test('can have the line endings of Windows', async () => {
    const text = soundFiles['.env.example'] ?? '';
    expect((await lintChanged({ '.env.example': text.replaceAll('\n', '\r\n') })).found).toEqual([]);
  });

  test('its secrets are not shown', async () => {
    const { problems } = await lintChanged({ '.env.example': [['SECRET=', 'SECRET=whsec_1']] });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('whsec_1');
  });
});

describe('handlers', () => {
  const manifest = files['manifest'] ?? '';
  test.each<[string, Partial<HandlerTable>, Edits, string[]]>([
    [
      'no listener',
      { listeners: tableOf() },
      { [manifest]: [['event: issue', '¦event: issue']] },
      ['error handler-missing'],
    ],
    [
      'no guard',
      { guards: tableOf() },
      { [manifest]: [['event: workflow', '¦event: workflow']] },
      ['error handler-missing'],
    ],
    [
      'no action for an action, its command and the test of it',
      { actions: tableOf('close_gate') },
      {
        [manifest]: [
          ['key: open', 'key: ¦open'],
          ['event: gate.open', 'event: ¦gate.open'],
          ['action: gate', 'action: ¦gate'],
        ],
      },
      Array<string>(3).fill('error handler-missing'),
    ],
    [
      "no action for a workflow's step",
      { actions: tableOf('open_gate') },
      { [manifest]: [['event: gate.workflow', 'event: ¦gate.workflow']] },
      ['error handler-missing'],
    ],
    [
      'a listener that the manifest does not name',
      { listeners: tableOf('issue.created', 'comment.created') },
      { 'src/extension.ts': [["'issue.created':", "¦'comment.created': noteVisit, 'issue.created':"]] },
      ['error handler-unnamed'],
    ],
    [
      'an action that the manifest does not name',
      { actions: tableOf('open_gate', 'close_gate', 'paint') },
      { 'src/extension.ts': [['open_gate:', '¦paint: openGate, open_gate:']] },
      ['error handler-unnamed'],
    ],
    ['an event by another of its names', {}, { [manifest]: [['issue.created', 'case.created']] }, []],
    [
      'names of another manifest',
      {},
      { 'src/manifest.ts': '¦export const manifest = {};\n' },
      ['error names-outdated'],
    ],
    [
      'handlers that no table has',
      {},
      {
        'src/gates.ts':
          "¦export const isOpen = guard(() => allow());\n¦export const paint = action(() => success('Red.'));\n",
      },
      ['error handler-unused', 'error handler-unused'],
    ],
    [
      'a handler that the table gets from a table of its own',
      {},
      {
        'src/gates.ts': 'export const isOpen = guard(() => allow());\n',
        'src/all.ts': "import { isOpen } from './gates.ts';\n",
      },
      [],
    ],
    ['no import', { problem: 'no' }, {}, ['src/extension.ts:1:1 error handlers-unread']],
  ])('%s', async (_title, table, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules, table);
    expect(found).toEqual(expected);
  });
});

describe('permissions', () => {
  check(String.raw`
    manifest | - comments:write\n  | - other:read\n
    visits   | 'comments:write'    | ¦'comments:write'                 | error permission-missing, manifest:18:7 warning permission-unused
    manifest | - custom_data:write\n | - users:read\n
    visits   | rows.create         | rows.¦create                      | error permission-missing, manifest:19:7 warning permission-unused
    manifest | - issues:read\n     | -
    visits   | issues.get          | issues.¦get                       | error permission-missing
    manifest | - issues:read\n     | -
    visits   | issues.get          | issues // and then\n    .¦get       | error permission-missing
    visits   | const { endpoints } | await context.secrets.¦get('A');\n  const { endpoints } | error permission-missing
    visits   | const { endpoints } | await context.endpoints.secrets.¦set('A', 'b');\n  const { endpoints } | error permission-missing
    manifest | - issues:read\n     | -
    visits   | +                   | await endpoints.slaEvents(7).¦list();  | error permission-missing, manifest:17:7 warning permission-unused
    visits   | const { endpoints } | context.requireScopes('comments:write', ¦'users:read');\n  const { endpoints } | error permission-missing
    visits   | const { endpoints } | requireScopes([¦'users:read'], auth.scopes);\n  const { endpoints } | error permission-missing
    visits   | const { endpoints } | await kiket.secrets.¦get('A');\n  const { endpoints } | error permission-missing
    visits   | const { endpoints } | await input.kiket.secrets.¦get('A');\n  const { endpoints } | error permission-missing
    visits   | const { endpoints } | await kiket.slaEvents(7).list();\n  const { endpoints } | nothing
    manifest | - issues:read\n     | -
    visits   | issues.get          | issue.¦field                      | error permission-missing
    manifest | - custom_data:write\n | - users:read\n
    visits   | rows.create         | ¦writeRow                         | error permission-missing, manifest:19:7 warning permission-unused
    visits   | const { endpoints } | // endpoints.secrets.get('A')\n  const { endpoints } | nothing
    visits   | const { endpoints } | await vault.secrets.get('A');\n  const { endpoints } | nothing
    visits   | const { endpoints } | new Map().get(1);\n  await endpoints.rateLimit();\n  const { endpoints } | nothing
    manifest | - issues:read\n     | - issues:read\n    - ¦users:read\n  | warning permission-unused
    manifest | - issues:read\n     | - issues:read\n    - users:read\n
    visits   | const { endpoints } | await context.client.get(path);\n  const { endpoints } | nothing
    manifest | - comments:write\n    - custom_data:write\n | - '*'\n   | nothing
  `);
});

describe('modules', () => {
  check(String.raw`
    .kiket/modules/visits/dbt/dbt_project.yml | - | | .kiket/modules/visits/dbt/dbt_project.yml:1:1 error dbt-project-missing
    .kiket/modules/visits/dbt/dbt_project.yml | profile: kiket | profile: ¦"kiket | error yaml-syntax
    .kiket/modules/visits/dbt/target/run.yml | + | models: " | nothing
    module   | module: com.acme.gate.visits | ¦module: { id: a }        | error module-shape, manifest:23:17 error module-missing
    module   | type: bigint        | type: ¦number                     | error module-shape
    module   | name: visitor       | name: ¦Visitor                    | error module-shape
    module   | visits: [read]      | visits: [¦drop]                   | error module-shape
    module   | role: user          | role: ¦guest                      | error module-shape
    module   | length: 64          | ¦nul: false                       | warning key-unknown
    module   | module: com.acme.gate.visits | module: ¦com.acme.gate.guests | error module-not-granted, manifest:23:17 error module-missing
    manifest | module: com.acme.gate.visits | module: org.other.visits
    module   | module: com         | module: ¦com                      | error module-not-granted
  `);
});

describe('replay', () => {
  check(String.raw`
    replay/created.json | -        |
    manifest | event: issue.created | ¦event: issue.created
    scenario | - { send: created.json, http: 200, answer: {} }\n | -   | error replay-missing
    replay/close.json | + | { "action_key": "other" }
    manifest | event: gate.workflow | event: ¦gate.workflow            | error replay-missing
    replay/open.json | + | { "event": "gate.open_gate" }               | nothing
    replay/more.json | + | ¦{ "event": "issue.created" }               | warning replay-unsent
    scenario | - { send: open.json | - { send: ¦other.json, http: 200, answer: {} }\n    - { send: open.json | error scenario-payload
    scenario | http: 200           | http: ¦99                         | error scenario-shape
    scenario | - part: All\n        | - ¦name: All\n               | error scenario-shape, scenario:1:3 error scenario-shape
    replay/created.json | + | { "event": "issue.created", "issue": true }
    scenario | send: created       | send: ¦created                    | error replay-unread, manifest:29:7 error replay-missing
    scenario | -                   |                                   | scenario:1:1 error scenario-missing
  `);
});

describe('hosting and the managed build', () => {
  const hosted = String.raw`manifest | hooks: | hosting: { tier: minimal, egress: [a.example.com] }\n  hooks:`;
  check(String.raw`
    npm      | "build": "node scripts/build.js",\n | -                 | npm:3:3 warning hosting-build
    npm      | node scripts/build.js | npm run clean && tsc
    npm      | "typescript"        | ¦"typescript"                     | warning hosting-compiler
    scripts/build.js | build       | build;\nimport 'typescript';\nawait build
    npm      | "typescript"        | ¦"typescript"                     | warning hosting-compiler
    package-lock.json | -          |                                   | package-lock.json:1:1 warning hosting-build
    tsconfig.json | -              |                                   | tsconfig.json:1:1 warning hosting-build
    src/index.ts | +               | import './app.ts';
    src/app.ts | +                 | import ts from '¦typescript/lib/all.js'; | error dependency-dev
    src/index.ts | +               | await import('¦typescript');      | error dependency-dev
    src/index.ts | +               | import type { Node } from 'typescript';\nimport 'esbuild';\nimport 'node:fs'; | nothing
    manifest | hooks:              | hosting: { tier: minimal, egress: [a.example.com] }\n  hooks:
    npm      | node scripts/build.js | tsc
    npm      | "typescript"        | ¦"typescript"                     | error hosting-compiler
    ${hosted}
    manifest | sdk: node           | sdk: ¦go                          | error hosting-sdk
    manifest | sdk: node\n         | hosting: { tier: minimal }\n      | manifest:3:1 warning sdk, manifest:9:3 error hosting-sdk
    ${hosted}
    manifest | camera.example.com/live\n      default: '' | a.example.com\n      default: ¦https://camera.example.com/live | error egress-lacks
    ${hosted}
    env      | KIKET_SETTING_CAMERA_URL= | ¦KIKET_SETTING_CAMERA_URL=https://10.1.2.3/ | error egress-lacks
    ${hosted}
    env      | KIKET_SETTING_CAMERA_URL= | KIKET_SETTING_CAMERA_URL=https://A.example.com/ | nothing
    env      | KIKET_SETTING_CAMERA_URL= | KIKET_SETTING_CAMERA_URL=https://b.example.com/ | nothing
  `);
});

describe('versions and the files of a repository', () => {
  check(String.raw`
    npm      | "2.1.0"             | ¦"2.0.0"                          | error version-mismatch
    npm      | "version": "2.1.0",\n | -                               | npm:1:1 error version-mismatch
    changes  | ## 2.1.0 - 2026     | -                                 | changes:7:1 error version-mismatch
    changes  | -                   |                                   | changes:1:1 error changelog-missing
    README.md | -                  |                                   | README.md:1:1 warning file-missing
    LICENSE  | -                   |                                   | LICENSE:1:1 warning file-missing
    .github/workflows/ci.yml | -   |                                   | .github/workflows/ci.yml:1:1 warning file-missing
    docs/README.md | -             |                                   | docs/README.md:1:1 warning file-missing
    docs/getting-started.md | -    |                                   | docs/getting-started.md:1:1 warning file-missing
    test/gate_test.ts | -          |                                   | test/*_test.ts:1:1 warning file-missing
    test/gate_test.ts | -          |
    test/gate.test.ts | +          |                                   | test/*_test.ts:1:1 warning file-missing
    .env     | +                   | A=b                               | .env:1:1 error env-tracked
  `);
});
