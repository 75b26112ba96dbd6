import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const manifest = '.kiket/manifest.yaml';
const move = 'replay/move.json';
const scenario = 'replay/scenario.yaml';

/** A step more. */
const more = [
  ['    - { send: close', '    - { send: ¦more.json, http: 200, answer: {} }\n    - { send: close'],
] as const;

/** The step of a payload that nothing handles. */
const ignored = (name: string): Edits[string] => [
  [`${name}.json, http: 200, answer: {}`, `${name}.json, http: 200, answer: { status: ignored }`],
];

describe('recorded payloads:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'a comma too few',
      {
        [move]: [
          ['"id": 1 },', '"id": 1 }'],
          ['"transition"', '¦"transition"'],
        ],
      },
      ['error json-syntax'],
    ],
    [
      'a comma too many',
      {
        [move]: [
          ['"to": "done" }\n', '"to": "done" },\n'],
          ['}\n}', '}\n}'],
        ].slice(0, 1) as [string, string][],
      },
      [`${move}:5:1 error json-syntax`],
    ],
    ['single quotes', { [move]: [['"open"', "¦'open'"]] }, ['error json-syntax']],
    ['a comment', { [move]: [['"open"', '"open" ¦/* here */']] }, ['error json-syntax']],
    ['a key without quotes', { [move]: [['"to"', '¦to']] }, ['error json-syntax']],
    ['nothing', { [move]: '¦' }, ['error json-syntax']],
    ['a byte order mark', { [move]: '¦\uFEFF{}' }, ['error json-syntax']],
    ['the end is missing', { [move]: '{\n  "event": "x"¦' }, ['error json-syntax']],
    [
      'a key twice',
      { [move]: [['"issue"', '¦"event": "workflow.before_transition", "issue"']] },
      ['error yaml-duplicate-key'],
    ],
    [
      'none of a hook',
      {
        [scenario]: ignored('created'),
        [manifest]: [['event: issue.created', 'event: ¦issue.created']],
        'replay/created.json': '{ "event": "issue.updated" }\n',
      },
      ['error replay-missing'],
    ],
    [
      'none of a guard',
      {
        [scenario]: ignored('move'),
        [manifest]: [['event: workflow.before', 'event: ¦workflow.before']],
        [move]: '{ "event": "issue.updated" }\n',
      },
      ['error replay-missing'],
    ],
    [
      'none of an action',
      {
        'replay/close.json': '{ "action_key": "open_gate", "context": {} }\n',
        [manifest]: [['handler: gate.workflow', 'handler: ¦gate.workflow']],
      },
      ['error replay-missing'],
    ],
    [
      'none of an action that is a command and a test, too',
      {
        'replay/open.json': '{ "action_key": "close_gate", "context": {} }\n',
        [manifest]: [['key: open_gate', 'key: ¦open_gate']],
      },
      ['error replay-missing'],
    ],
    ['an action by its command', { 'replay/open.json': '{ "event": "gate.open_gate" }\n' }, []],
    ['one that no step sends', { 'replay/more.json': '¦{ "event": "issue.created" }\n' }, ['warning replay-unsent']],
    [
      'a step that sends what there is not',
      {
        [scenario]: [
          ['- { send: open.json', '- { send: ¦other.json, http: 200, answer: {} }\n    - { send: open.json'],
        ],
      },
      ['error scenario-payload'],
    ],
    [
      'a step without a status',
      { [scenario]: [['- { send: open.json, http: 200,', '- ¦{ send: open.json,']] },
      ['error scenario-shape'],
    ],
    [
      'a step with a key one letter off',
      { [scenario]: [['- { send: open.json, http: 200, answer', '- ¦{ send: open.json, http: 200, ¦anser']] },
      ['error scenario-shape', 'error scenario-shape'],
    ],
    [
      'a status of HTTP that there is not',
      { [scenario]: [['open.json, http: 200', 'open.json, http: ¦2000']] },
      ['error scenario-shape'],
    ],
    [
      'a status that no answer has',
      { [scenario]: [['open.json, http: 200, answer: {}', 'open.json, http: 200, answer: { status: ¦denied }']] },
      ['error scenario-status'],
    ],
    [
      'any status',
      { [scenario]: [['open.json, http: 200, answer: {}', 'open.json, http: 200, answer: { status: <any> }']] },
      [],
    ],
    ['a scenario that is not YAML', { [scenario]: [['- part: All', '- part: ¦"All']] }, ['error yaml-syntax']],
    [
      'a number',
      { 'replay/more.json': '¦5\n', [scenario]: more },
      ['error replay-unanswered', 'error replay-unanswered'],
    ],
    [
      'an event that nothing handles',
      { 'replay/more.json': '{\n  "event": ¦"workflow.befor_transition"\n}\n', [scenario]: more },
      ['error replay-unanswered', 'error replay-unanswered'],
    ],
    [
      'an event that nothing handles, as its type',
      { 'replay/more.json': '{ "type": ¦"issue.craeted", "data": {} }\n', [scenario]: more },
      ['error replay-unanswered', 'error replay-unanswered'],
    ],
    [
      'an action that there is not',
      { 'replay/more.json': '{ "action_key": ¦"paint_gate" }\n', [scenario]: more },
      ['error replay-unanswered', 'error replay-unanswered'],
    ],
    [
      'one that should be rejected',
      {
        'replay/more.json': '[]\n',
        [scenario]: [['    - { send: close', '    - { send: more.json, http: 400, answer: {} }\n    - { send: close']],
      },
      [],
    ],
    [
      'one that is sent twice',
      { 'replay/more.json': '¦[]\n', [scenario]: [...more, ...more] },
      ['error replay-unanswered', 'error replay-unanswered', 'error replay-unanswered'],
    ],
    [
      'an event that the code handles and the manifest does not name',
      {
        [manifest]: [['    - event: issue.created\n', '']],
        'src/extension/index.ts': [["'issue.created'", "¦'issue.created'"]],
      },
      ['error handler-unnamed'],
    ],
    [
      'guards that the manifest does not name',
      {
        [manifest]: [['    - event: workflow.before_transition\n      required: true\n      timeout: 8000\n', '']],
        'src/extension/index.ts': [['keepOut', '¦keepOut']],
      },
      ['error handler-unnamed', `${manifest}:20:7 warning permission-unused`],
    ],
    [
      'a version that is not written like one',
      {
        [manifest]: [['api_version: v1', "api_version: ¦'1'"]],
        [move]: [['"issue"', '"version": "v1", "issue"']],
      },
      ['error manifest-shape'],
    ],
    ['no scenario', { [scenario]: null }, [`${scenario}:1:1 error scenario-missing`]],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('an event one letter off is told with what was meant', async () => {
    const { problems } = await lintChanged({
      'replay/more.json': '{ "event": "issue.craeted" }\n',
      [scenario]: [['    - { send: close', '    - { send: more.json, http: 200, answer: {} }\n    - { send: close']],
    });
    expect(problems.map(({ hint }) => hint)).toEqual(Array(2).fill('Did you mean issue.created?'));
  });

  test('none at all', async () => {
    const gone = ['close.json', 'created.json', 'move.json', 'open.json', 'scenario.yaml'].map((name) => [
      `replay/${name}`,
      null,
    ]);
    const { found } = await lintChanged(Object.fromEntries(gone) as Edits);
    expect(found).toContain('replay:1:1 warning replay-none');
  });
});

describe('examples:', () => {
  const example = 'docs/examples/gate.yaml';
  const change = (from: string, to: string): Edits => ({ [example]: [[from, to]] });
  test.each<[string, Edits, string[]]>([
    [
      'a command that there is not',
      change('command: gate.open_gate', 'command: ¦gate.paint'),
      ['error example-unknown'],
    ],
    [
      'a command without a namespace that there is not',
      change('command: gate.open_gate', 'command: ¦paint'),
      ['error example-unknown'],
    ],
    ['an action key', change('command: gate.open_gate', 'action_key: open_gate'), []],
    [
      'an action key that there is not',
      change('command: gate.open_gate', 'action_key: ¦paint'),
      ['error example-unknown'],
    ],
    [
      'an action of this extension that there is not',
      change('command: gate.open_gate', 'action: ¦paint'),
      ['error example-unknown'],
    ],
    ['a workflow action', change('command: gate.open_gate', 'action: ext:gate.close'), []],
    [
      'a workflow action that there is not',
      change('action: deny', 'action: ¦ext:gate.paint'),
      ['error example-unknown'],
    ],
    [
      'an event of Kiket that there is not',
      change('event: issue.transitioned', 'event: ¦issue.transition'),
      ['error example-unknown'],
    ],
    [
      'an event of this extension that there is not',
      change('event: issue.transitioned', 'event: ¦gate.opened'),
      ['error example-unknown'],
    ],
    ['an event of somebody else', change('event: issue.transitioned', 'event: lamp.lit'), []],
    [
      'a command of this extension under another name',
      change('com.acme.gate\n        command', '¦com.acme.gates\n        command'),
      ['error example-unknown'],
    ],
    [
      'a command as the extension',
      change('- extension: gate.open_gate', '- extension: ¦gate.paint'),
      ['error example-unknown'],
    ],
    ...[
      ['automations:', '¦automation:'],
      ['trigger:', '¦triger:'],
      ['{ event:', '{ ¦evnet:'],
      ['actions:', '¦action:'],
      ['extension: com.acme', '¦extention: com.acme'],
      ['command:', '¦comand:'],
      ['guards:', '¦gaurds:'],
      ['on_fail:', '¦onfail:'],
      ['{ action: deny', '{ ¦acton: deny'],
      ['on_enter:', '¦on_entr:'],
    ].map(([from = '', to = '']): [string, Edits, string[]] => [
      `a key one letter off: ${to}`,
      change(from, to),
      ['error key-unknown'],
    ]),
    ...[
      'states: { open: { ¦tpye: initial } }',
      'states: [{ ¦on_exti: [] }]',
      'transitions: [{ from: open, to: done, ¦nam: Close }]',
      'workflow: { ¦nmae: Gate }',
      '¦model_versoin: 1',
      'automations: [{ trigger: { conditions: [{ ¦feild: a, ¦operater: eq, ¦vale: b }] } }]',
      'automations: [{ actions: [{ ¦parms: {} }] }]',
    ].map((text): [string, Edits, string[]] => [
      text,
      { [example]: `${text}\n` },
      [...text.matchAll(/¦/g)].map(() => 'error key-unknown'),
    ]),
    [
      'what an extension is told, and keys that resemble none',
      change('command: gate', 'params: { comand: 1 }\n        timeout: 5\n        command: gate'),
      [],
    ],
    [
      'extension and command one letter off',
      change(
        'extension: com.acme.gate\n        command: gate.open_gate',
        'extension: ¦com.acme.gaet\n        command: gaet.open_gate',
      ),
      ['error example-unknown'],
    ],
    ['nothing', { [example]: '¦' }, ['error example-empty']],
    ['what is not YAML', change('automations:', 'automations: ¦"'), ['error yaml-syntax']],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('what a message quotes stays on its line', async () => {
    const { problems } = await lintChanged({ 'replay/moved.json': '[\n x]' });
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^This is not JSON: .*"\[ x\]"/),
    );
  });

  test('a key one letter off is told with what was meant', async () => {
    const { problems } = await lintChanged(change('command:', 'comand:'));
    expect(problems).toMatchObject([
      { line: 5, message: 'automations.0.actions.0.comand is not known here.', hint: 'Did you mean command?' },
    ]);
  });
});
