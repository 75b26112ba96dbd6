import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SetupError } from '../../src/errors.ts';
import { findHandlerGaps, requireHandlers } from '../../src/extension/handlers.ts';
import { findManifest, loadManifest, parseManifest, type Manifest } from '../../src/manifest/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';

/** A folder with these files, for one test. */
function createProject(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** The least that a manifest says; `lines` come after it, the first of them on line 3. */
function flat(...lines: string[]): string {
  return ['id: com.example.flat', 'version: 1.0.0', ...lines, ''].join('\n');
}

/** Why a manifest, or what handles it, is refused. */
function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof SetupError) return error.problems;
    throw error;
  }
}

const leastManifest: Manifest = {
  id: 'com.example.flat',
  version: '1.0.0',
  apiVersion: 'v1',
  secretVariable: 'KIKET_WEBHOOK_SECRET',
  timeoutMs: undefined,
  hooks: [],
  actions: [],
  commandEvents: new Map(),
  setupEvents: new Set(),
  configuration: {},
};

describe('a manifest', () => {
  test('needs an id and a version', () => {
    expect(parseManifest(flat(), 'extension.yaml')).toStrictEqual(leastManifest);
  });

  test("in Kiket's nested form says what to listen to, what people can trigger and what can be set", () => {
    const text = `model_version: '1.0'
extension:
  id: com.example.nested
  name: Nested
  version: 2.1.0
  api_version: v2
  delivery: http
  callback:
    secret: env.NESTED_SECRET
    timeout: 10000
  hooks:
    - event: workflow.before_transition
      required: true
      timeout: 8000
    - event: issue.created
  actions:
    - key: approve
  contributes:
    commands:
      - command: nested.report
        handler: { type: extension_event, event: nested.report }
  configuration:
    team_size: { type: integer, default: '3', min: 1, label: Team size }
    api_token: &hidden { secret: true }
    api_key: { <<: *hidden }
    statuses: { default: [1.0, 0x10, 007, 1.5, 2] }
    hours: { type: integer, default: 0x10 }
  setup:
    - info: { title: What it does }
    - test:
        action: nested.check
`;
    expect(parseManifest(text, '.kiket/manifest.yaml')).toStrictEqual({
      id: 'com.example.nested',
      version: '2.1.0',
      apiVersion: 'v2',
      secretVariable: 'NESTED_SECRET',
      timeoutMs: 10_000,
      hooks: [
        { name: 'workflow.before_transition', timeoutMs: 8000, at: '.kiket/manifest.yaml:12:7' },
        { name: 'issue.created', timeoutMs: undefined, at: '.kiket/manifest.yaml:15:7' },
      ],
      actions: [
        { name: 'approve', at: '.kiket/manifest.yaml:17:12' },
        { name: 'report', at: '.kiket/manifest.yaml:21:50' },
        { name: 'check', at: '.kiket/manifest.yaml:31:17' },
      ],
      commandEvents: new Map([
        ['nested.report', 'report'],
        ['nested.check', 'check'],
      ]),
      setupEvents: new Set(['nested.check']),
      configuration: {
        team_size: { type: 'integer', default: '3', min: 1, secret: false, label: 'Team size' },
        api_token: { type: 'string', secret: true },
        api_key: { type: 'string', secret: true },
        statuses: { type: 'string', default: ['1.0', '0x10', '007', '1.5', 2], secret: false },
        hours: { type: 'integer', default: 16, secret: false },
      },
    });
  });

  test("in the SDK's flat form lists its settings", () => {
    const text = flat(
      'delivery_secret: env.FLAT_SECRET',
      'settings:',
      '  - key: team',
      '    default: red',
      '  - key: api_token',
      '    secret: true',
    );
    expect(parseManifest(text, 'extension.yaml')).toStrictEqual({
      ...leastManifest,
      configuration: {
        team: { type: 'string', default: 'red', secret: false },
        api_token: { type: 'string', secret: true },
      },
    });
  });

  test.each(['hooks', 'triggers'])('may call what it listens to %s, as names or with details', (key) => {
    const text = flat(`${key}:`, '  - issue_created', '  - event: comment.created', '    timeout: 500');
    const ignored = key === 'hooks' ? 'triggers: [issue.updated]' : '';
    expect(parseManifest(text + ignored, 'extension.yaml').hooks).toEqual([
      { name: 'issue.created', timeoutMs: undefined, at: 'extension.yaml:4:5' },
      { name: 'comment.created', timeoutMs: 500, at: 'extension.yaml:5:5' },
    ]);
  });

  test.each(['env.MY_SECRET', 'env:MY_SECRET'])('may name the variable of its secret as %s', (secret) => {
    const text = flat(`callback: { secret: '${secret}' }`);
    expect(parseManifest(text, 'extension.yaml').secretVariable).toBe('MY_SECRET');
  });

  test.each([100, 60_000])('may give Kiket a timeout of %d ms', (timeout) => {
    const text = flat(`callback: { timeout: ${timeout} }`, `hooks: [{ event: issue.created, timeout: ${timeout} }]`);
    const { timeoutMs, hooks } = parseManifest(text, 'extension.yaml');
    expect([timeoutMs, hooks[0]?.timeoutMs]).toEqual([timeout, timeout]);
  });
});

describe('a manifest is refused', () => {
  test.each<[string, ...string[]]>([
    ['', '1:1 manifest'],
    ['- id: a\n', '1:1 manifest'],
    ['model_version: 1\nextension:\n', '2:11 manifest'],
    ["model_version: '1.0'\nextension:\n  name: Nameless\n", '3:3 id', '3:3 version'],
    [flat('name: A', 'name: B'), '4:1 is not valid YAML'],
    [flat('hooks: [', 'name: "A'), '4:1 is not valid YAML', '5:1 is not valid YAML'],
    [flat('name: *nobody'), '3:7 is not valid YAML'],
    [flat('api_version: 1'), '3:14 api_version'],
    [flat('api_version: "1"'), '3:14 api_version'],
    [flat('hooks:', '  - event: issue.created', '    timeout: "8000"'), '5:14 hooks.0.timeout'],
    [flat('callback:', '  timeout: "8000"'), '4:12 callback.timeout'],
    [flat('hooks:', '  - event: issue.created', '    timeout: 99'), '5:14 hooks.0.timeout'],
    [flat('hooks:', '  - event: issue.created', '    timeout: 60001'), '5:14 hooks.0.timeout'],
    [flat('hooks:', '  - required: true'), '4:5 hooks.0.event'],
    [flat('delivery: pigeon'), '3:11 delivery'],
    [flat('actions:', '  - label: Approve'), '4:5 actions.0.key'],
    [
      flat('contributes:', '  commands:', '    - command: a.b', '      handler: { type: shell, event: a.b }'),
      '6:24 contributes.commands.0.handler.type',
    ],
    [flat('configuration:', '  size:', '    min: "1"'), '5:10 configuration.size.min'],
    [flat('configuration:', '  size:', '    default: [[1]]'), '5:14 configuration.size.default'],
    [flat('settings:', '  - key: team', '    secret: "yes"'), '5:13 settings.0.secret'],
    [flat('settings: [{ key: team }, { key: team, default: red }]'), '3:27 settings.1'],
    [flat('configuration: { team: {} }', 'settings: [{ key: team, default: red }]'), '4:12 settings.0'],
    ['extension: { id: a, version: 1, configuration: {} }\nconfiguration: { team: {} }\n', '1:48 configuration'],
    ["extension:\n  id: ''\n  version: 1.0\n  api_version: 1\n", '2:7 id', '3:12 version', '4:16 api_version'],
  ])('that is %j', (text, ...places) => {
    expect(problemsOf(() => parseManifest(text, 'extension.yaml'))).toEqual(
      places.map((place) => expect.stringMatching(`^extension\\.yaml:${place}: .`)),
    );
  });

  test.each(['hunter2hunter2', 'env.', 'env.hunter2 hunter2', '"env.1SECRET"'])(
    'that says the secret itself, which is not repeated: %s',
    (secret) => {
      expect(() => parseManifest(flat('callback:', `  secret: ${secret}`), 'extension.yaml')).toThrow(
        new SetupError([
          'extension.yaml:4:11 callback.secret: must be env.NAME, where NAME is the environment variable with the secret',
        ]),
      );
    },
  );
});

describe('the manifest of a project', () => {
  const locations = ['.kiket/manifest.yaml', '.kiket/extensions/guardian/manifest.yaml', 'extension.yaml'];

  test.each(locations)('may be at %s', (path) => {
    const root = createProject({ [path]: flat('hooks: [issue.created]') });
    expect(findManifest(root)).toBe(join(root, path));
    expect(loadManifest(root)).toStrictEqual({
      ...leastManifest,
      hooks: [{ name: 'issue.created', timeoutMs: undefined, at: `${path}:3:9` }],
    });
  });

  test.each([
    [locations, locations[0]],
    [['.kiket/extensions/b/manifest.yaml', '.kiket/extensions/a/manifest.yaml'], '.kiket/extensions/a/manifest.yaml'],
    [['.kiket/extensions/a/notes.txt', '.kiket/extensions/b/manifest.yaml'], '.kiket/extensions/b/manifest.yaml'],
  ])('of %j is %s', (paths, first) => {
    const root = createProject(Object.fromEntries(paths.map((path) => [path, flat()])));
    expect(findManifest(root)).toBe(join(root, first ?? ''));
  });

  test('that is nowhere is asked for', () => {
    const root = createProject({ 'kiket/manifest.yaml': flat() });
    expect(() => loadManifest(root)).toThrow(
      new SetupError([
        `No manifest found in ${root}. Create one at .kiket/manifest.yaml (or .kiket/extensions/<key>/manifest.yaml, or extension.yaml).`,
      ]),
    );
  });
});

describe('manifest and handlers', () => {
  const manifest = parseManifest(
    flat(
      'hooks: [workflow.before_transition, issue.created]',
      'actions: [{ key: approve }]',
      'contributes: { commands: [{ command: x.report, handler: { type: extension_event, event: x.report } }] }',
      'setup: [{ test: { action: x.check } }]',
    ),
    'extension.yaml',
  );
  const handle = () => {
    throw new Error('Nothing is handled here.');
  };
  const complete = {
    guards: { requireFields: handle },
    listeners: { 'issue.created': handle },
    actions: { approve: handle, report: handle, check: handle },
  };
  const none = { guards: {}, listeners: {}, actions: {} };
  const misspelled = { 'issue.created': undefined as never };

  const unhandled = (at: string, what: string) =>
    `extension.yaml:${at} names the ${what}, which has no handler in src/extension.ts.`;
  const unnamed = (what: string) => `src/extension.ts handles the ${what}, which is not in the manifest.`;
  const guardEvent = 'event "workflow.before_transition"';
  const missing = [
    unhandled('3:9', `guard ${guardEvent}`),
    unhandled('3:37', 'event "issue.created"'),
    unhandled('4:18', 'action "approve"'),
    unhandled('5:89', 'action "report"'),
    unhandled('6:27', 'action "check"'),
  ];
  const handled = ['event "issue.created"', guardEvent, 'action "approve"', 'action "report"', 'action "check"'];
  const other = parseManifest(flat('hooks: [workflow.before_close]'), 'extension.yaml');

  test.each([
    ['name the same', manifest, complete, [], []],
    ['differ in what nothing handles', manifest, none, missing, []],
    [
      'differ in a handler that is undefined',
      manifest,
      { ...complete, listeners: misspelled },
      missing.slice(1, 2),
      [],
    ],
    [
      'differ in what the manifest does not name, and the server starts',
      leastManifest,
      complete,
      [],
      handled.map(unnamed),
    ],
    ['differ in the guard event without guards', manifest, { ...complete, guards: {} }, missing.slice(0, 1), []],
    [
      'differ in another event that waits for an answer',
      other,
      { ...none, guards: complete.guards },
      [unhandled('3:9', 'guard event "workflow.before_close"')],
      [unnamed(guardEvent)],
    ],
  ])('may %s', (_how, named, handlers, withoutHandler, withoutName) => {
    expect(findHandlerGaps(named, handlers)).toEqual({ unhandled: withoutHandler, unnamed: withoutName });
    expect(problemsOf(() => requireHandlers(named, handlers))).toEqual(withoutHandler);
  });
});

describe('a published form', () => {
  const id = '  id: com.example.published\n  version: 1.0.0\n';

  test.each<[string, string, Partial<Manifest>]>([
    [
      'with hooks and actions beside the extension, as the guide and the scaffold have it',
      `extension:\n${id}hooks: [before_transition, issue.created]\nactions:\n  - key: approve\n`,
      {
        hooks: [
          { name: 'workflow.before_transition', timeoutMs: undefined, at: 'm.yaml:4:9' },
          { name: 'issue.created', timeoutMs: undefined, at: 'm.yaml:4:28' },
        ],
        actions: [{ name: 'approve', at: 'm.yaml:6:10' }],
      },
    ],
    [
      'with a wizard beside the extension',
      `extension:\n${id}setup:\n  - test: { action: gate.check }\n`,
      { actions: [{ name: 'check', at: 'm.yaml:5:21' }], commandEvents: new Map([['gate.check', 'check']]) },
    ],
    [
      'with the same hooks in both places',
      `extension:\n${id}  hooks: [issue.created]\nhooks: [issue.created]\n`,
      { hooks: [{ name: 'issue.created', timeoutMs: undefined, at: 'm.yaml:4:11' }] },
    ],
    [
      "with a workflow's step whose handler is a map",
      `extension:\n${id}  contributes:\n    workflow_actions:\n      - { id: gate.send, handler: { type: extension_event, event: gate.workflowAction.send } }\n`,
      {
        actions: [{ name: 'send', at: 'm.yaml:6:67' }],
        commandEvents: new Map([['gate.workflowAction.send', 'send']]),
      },
    ],
    [
      "with a workflow's step whose handler is the event's name",
      `extension:\n${id}  contributes:\n    workflow_actions: [{ id: gate.send, handler: gate.send }, { id: gate.wait }]\n`,
      { actions: [{ name: 'send', at: 'm.yaml:5:50' }], commandEvents: new Map([['gate.send', 'send']]) },
    ],
    [
      'with activation events that repeat the hooks',
      `extension:\n${id}  activationEvents: [issue.created]\n  hooks: [issue.created]\n`,
      { hooks: [{ name: 'issue.created', timeoutMs: undefined, at: 'm.yaml:5:11' }] },
    ],
  ])('%s is read', (_title, text, expected) => {
    expect(parseManifest(text, 'm.yaml')).toMatchObject(expected);
  });

  test.each([
    ['hooks', '  hooks: [issue.created]\nhooks: [issue.updated]\n'],
    ['actions', '  actions: [{ key: a }]\nactions: []\n'],
    ['permissions', "  permissions: []\npermissions: ['issues:read']\n"],
  ])('cannot say two things about its %s', (key, text) => {
    expect(() => parseManifest(`extension:\n${id}${text}`, 'm.yaml')).toThrow(
      new RegExp(`^m\\.yaml:4:\\d+ ${key}: .*Keep one`),
    );
  });
});

test('aliases that would blow the manifest up are refused', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed']) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
  }
  expect(() => parseManifest(bomb.join('\n'), 'extension.yaml')).toThrow(SetupError);
  expect(() => parseManifest(bomb.join('\n'), 'extension.yaml')).toThrow('extension.yaml: Excessive alias count');
});
