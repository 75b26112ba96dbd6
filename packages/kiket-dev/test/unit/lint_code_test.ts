import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const manifest = '.kiket/manifest.yaml';
const table = 'src/extension/index.ts';
const visits = 'src/extension/visits.ts';

describe('manifest and handlers:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'a hook without a listener',
      {
        [manifest]: [['event: issue.created', 'event: ¦issue.created']],
        [table]: [["'issue.created': noteVisit", '']],
      },
      ['error handler-missing'],
    ],
    [
      'a hook for which the guards are gone',
      {
        [manifest]: [['event: workflow.before', 'event: ¦workflow.before']],
        [table]: [['keepOut: () => allow()', '']],
      },
      ['error handler-missing'],
    ],
    [
      'an action, its command and the test of it without a handler',
      {
        [manifest]: [
          ['key: open_gate', 'key: ¦open_gate'],
          ['event: gate.open_gate', 'event: ¦gate.open_gate'],
          ['action: gate.open_gate', 'action: ¦gate.open_gate'],
        ],
        [table]: [['open_gate: openGate, ', '']],
      },
      ['error handler-missing', 'error handler-missing', 'error handler-missing'],
    ],
    [
      'a workflow action without a handler',
      {
        [manifest]: [['handler: gate.workflow', 'handler: ¦gate.workflow']],
        [table]: [[', close_gate: openGate', '']],
      },
      ['error handler-missing'],
    ],
    [
      'an activation event without a listener',
      { [manifest]: [['  hooks:', '  activationEvents: [¦comment.created]\n  hooks:']] },
      ['error handler-missing', `${manifest}:25:22 error replay-missing`],
    ],
    [
      'a listener that the manifest does not name',
      { [table]: [["'issue.created': noteVisit", "'issue.created': noteVisit, ¦'comment.created': noteVisit"]] },
      ['error handler-unnamed'],
    ],
    [
      'an action that the manifest does not name',
      { [table]: [['close_gate: openGate', 'close_gate: openGate, ¦paint_gate: openGate']] },
      ['error handler-unnamed'],
    ],
    [
      'guards without their hook',
      {
        [manifest]: [['    - event: workflow.before_transition\n      required: true\n      timeout: 8000\n', '']],
        [table]: [['keepOut', '¦keepOut']],
        'replay/scenario.yaml': [['    - { send: move.json, http: 200, answer: {} }\n', '']],
        'replay/move.json': null,
      },
      ['error handler-unnamed', `${manifest}:20:7 warning permission-unused`],
    ],
    ['an event by another of its names', { [manifest]: [['event: issue.created', 'event: case.created']] }, []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

describe('what cannot be judged without running it is not judged:', () => {
  const elsewhere = '...others';
  test.each<[string, Edits]>([
    ['a table that is made elsewhere', { [table]: 'export const extension = createExtension();\n' }],
    ['no table', { [table]: null }],
    ['a table that is no TypeScript', { [table]: 'export const = {' }],
    ['listeners from elsewhere', { [table]: [["'issue.created': noteVisit", elsewhere]] }],
    ['guards from elsewhere', { [table]: [['keepOut: () => allow()', elsewhere]] }],
    ['actions with computed names', { [table]: [['open_gate: openGate', "['open' + 'Gate']: openGate"]] }],
    [
      'a table in parts',
      {
        [table]:
          "const listeners = { 'issue.created': noteVisit };\nexport const extension = { listeners, ...others } satisfies Extension;\n",
      },
    ],
  ])('%s', async (_title, edits) => {
    expect((await lintChanged(edits)).found).toEqual([]);
  });
});

describe('permissions:', () => {
  const without = (permission: string): Edits[string] => [[`    - ${permission}\n`, '']];
  test.each<[string, Edits, string[]]>([
    [
      'a comment without comments:write',
      { [manifest]: without('comments:write'), [visits]: [["'comments:write'", "¦'comments:write'"]] },
      ['error permission-missing'],
    ],
    [
      'a comment without a word about it',
      {
        [manifest]: without('comments:write'),
        [visits]: [
          [
            "callIfAllowed(context, 'comments:write', () => endpoints.issues.comment(issue.key, 'Welcome.'))",
            "endpoints.issues.¦comment(issue.key, 'Welcome.')",
          ],
        ],
      },
      ['error permission-missing'],
    ],
    [
      'a row without custom_data:write',
      { [manifest]: without('custom_data:write'), [visits]: [['rows.create', 'rows.¦create']] },
      ['error permission-missing'],
    ],
    [
      'an issue through a parameter',
      { [manifest]: without('issues:read'), [visits]: [['issues.get', 'issues.¦get']] },
      ['error permission-missing'],
    ],
    [
      'SLA events',
      { [manifest]: without('issues:read'), [visits]: 'await context.endpoints.slaEvents(7).¦list();\n' },
      ['error permission-missing', `${manifest}:17:7 warning permission-unused`],
    ],
    [
      'secrets',
      {
        [visits]:
          "export async function noteVisit(context) {\n  await context.secrets.¦get('A');\n  await context.endpoints.secrets.¦set('A', 'b');\n}\n",
      },
      ['error permission-missing', 'error permission-missing', `${manifest}:18:7 warning permission-unused`],
    ],
    [
      'secrets by other names',
      {
        [visits]:
          "export async function noteVisit(c) {\n  const api = c.endpoints;\n  await api.secrets.¦set('A', 'b');\n  await c['endpoints']['secrets'].¦get('A');\n  await c.endpoints.issues[¦'comment']('1', 'b');\n}\n",
        [manifest]: without('comments:write'),
      },
      ['error permission-missing', 'error permission-missing', 'error permission-missing'],
    ],
    [
      'a scope that a handler requires',
      {
        [visits]: [
          ['  const { endpoints }', "  context.requireScopes('comments:write', ¦'users:read');\n  const { endpoints }"],
        ],
      },
      ['error permission-missing'],
    ],
    [
      'a list of scopes that a handler requires',
      {
        [visits]: [['  const { endpoints }', "  requireScopes([¦'users:read'], auth.scopes);\n  const { endpoints }"]],
      },
      ['error permission-missing'],
    ],
    [
      'a path',
      {
        [visits]: [
          [
            '  const { endpoints }',
            '  await context.client.¦post(apiPath`/api/v1/ext/issues/${issue.key}/transitions`);\n  const { endpoints }',
          ],
        ],
      },
      ['error permission-missing'],
    ],
    [
      'a client that is typed',
      {
        [visits]: [
          [
            'export async function openGate(',
            'async function close(board: IssuesClient) {\n  await board.¦update();\n}\n\nexport async function openGate(',
          ],
        ],
      },
      ['error permission-missing'],
    ],
    [
      'one that nothing needs',
      { [manifest]: [['    - issues:read\n', '    - issues:read\n    - ¦users:read\n']] },
      ['warning permission-unused'],
    ],
    ['one in another spelling', { [manifest]: [['    - comments:write\n', '    - write:comments\n']] }, []],
    ['everything', { [manifest]: [['    - comments:write\n    - custom_data:write\n', "    - '*'\n"]] }, []],
    [
      'a secret of something else',
      { [visits]: [['  const { endpoints }', "  vault.secrets.get('A');\n  const { endpoints }"]] },
      [],
    ],
    [
      'a name that stands for two things',
      {
        [visits]: [
          ['  const { endpoints }', '  const board = await load();\n  board.update();\n  const { endpoints }'],
          [
            'export async function openGate',
            'async function close(board: IssuesClient) {}\n\nexport async function openGate',
          ],
        ],
      },
      [],
    ],
    [
      'a method of something else',
      { [visits]: [['  const { endpoints }', '  new Map().get(1);\n  board.update();\n  const { endpoints }']] },
      [],
    ],
    [
      'a path that only the running code knows',
      {
        [manifest]: [['    - issues:read\n', '    - issues:read\n    - users:read\n']],
        [visits]: [['  const { endpoints }', '  await context.client.get(path);\n  const { endpoints }']],
      },
      [],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('a scope is told once a file, however often it is needed there', async () => {
    const call = "  await endpoints.issues.comment(issue.key, 'Again.');\n";
    const { found } = await lintChanged({
      [manifest]: without('comments:write'),
      [visits]: [['  const rows', `${call}  const rows`]],
    });
    expect(found).toEqual([`${visits}:3:32 error permission-missing`]);
  });
});
