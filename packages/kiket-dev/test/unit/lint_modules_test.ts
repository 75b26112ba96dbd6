import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const manifest = '.kiket/manifest.yaml';
const schema = '.kiket/modules/visits/schema.yml';
const visits = 'src/extension/visits.ts';
const change = (from: string, to: string): Edits => ({ [schema]: [[from, to]] });

describe('a custom data module:', () => {
  test.each<[string, Edits, string[]]>([
    [
      'its name is a map',
      change('module: com.acme.gate.visits', '¦module: { id: com.acme.gate.visits }'),
      ['error module-shape', `${manifest}:23:17 error module-missing`],
    ],
    ['it has no tables', { [schema]: '¦module: com.acme.gate.visits\n' }, ['error module-shape']],
    ['its tables are empty', { [schema]: 'module: com.acme.gate.visits\n¦tables: {}\n' }, ['error module-shape']],
    [
      'a table without columns',
      change('    columns:', '    columns: ¦none\n    others:'),
      ['error module-shape', `${schema}:15:19 error module-index`],
    ],
    [
      'a column without a name',
      change('- name: visitor\n        type', '- ¦type'),
      ['error module-shape', `${schema}:13:19 error module-index`],
    ],
    [
      'a column without a type',
      change('- name: visitor\n        type: string\n', '- ¦name: visitor\n'),
      ['error module-shape'],
    ],
    ['a type that there is not', change('type: string', 'type: ¦varchar'), ['error module-shape']],
    ['a length that is text', change('length: 64', 'length: ¦long'), ['error module-shape']],
    [
      'a column twice',
      change('    indexes:', '      - name: ¦id\n        type: string\n    indexes:'),
      ['error module-column'],
    ],
    [
      'an index over a column that there is not',
      change('columns: [visitor]', 'columns: [id, ¦guest]'),
      ['error module-index'],
    ],
    ['a role that there is not', change('role: user', 'role: ¦guest'), ['error module-shape']],
    ['an operation that there is not', change('visits: [read]', 'visits: [read, ¦look]'), ['error module-shape']],
    ['a permission for a table that there is not', change('visits: [read]', '¦guests: [read]'), ['error module-table']],
    ['what is not YAML', change('tables:\n', 'tables: ¦"\n'), ['error yaml-syntax']],
    ['a date', change("version: '1.0'", 'version: ¦2026-01-02'), ['error yaml-date']],
    ['it is gone', { [manifest]: [['- module: com', '- module: ¦com']], [schema]: null }, ['error module-missing']],
    [
      'the manifest does not grant it',
      {
        [manifest]: [
          [
            'permissions:\n      - module: com.acme.gate.visits\n        operations: [read, write]\n',
            'permissions: []\n',
          ],
        ],
        [schema]: [['module: com', 'module: ¦com']],
        [visits]: [['rows.create', 'rows.¦create']],
      },
      ['error module-not-granted', 'error operation-missing'],
    ],
    [
      'the manifest does not grant it, and nothing is written',
      {
        [manifest]: [['- module: com.acme.gate.visits', '- module: com.other.visits']],
        [schema]: [['module: com', 'module: ¦com']],
        [visits]: [["await rows.create('com.acme.gate.visits', 'visits', {});", '']],
      },
      ['warning module-not-granted'],
    ],
    [
      'what the code does with it is not granted',
      { [manifest]: [['[read, write]', '[read]']], [visits]: [['rows.create', 'rows.¦create']] },
      ['error operation-missing'],
    ],
    [
      'reading is not granted',
      {
        [manifest]: [
          ['[read, write]', '[write]'],
          ['    - custom_data:write\n', "    - 'custom_data:*'\n"],
        ],
        [visits]: [
          ["rows.create('com.acme.gate.visits', 'visits', {})", "rows.¦list('com.acme.gate.visits', 'visits')"],
        ],
      },
      ['error operation-missing'],
    ],
    [
      'a permission for a table, and there is none',
      {
        [schema]:
          'module: com.acme.gate.visits\n¦tables: {}\npermissions:\n  - role: user\n    tables: { ¦guests: [read] }\n',
      },
      ['error module-shape', 'error module-table'],
    ],
    [
      'two of one name',
      {
        '.kiket/modules/again/schema.yml':
          'module: com.acme.gate.visits\ntables: { a: { columns: [{ name: b, type: text }] } }\n',
        [schema]: [['module: com', 'module: ¦com']],
      },
      ['error module-twice'],
    ],
    [
      'a list of tables for a role',
      change('    tables:\n      visits: [read]', '    tables: [visits]\n    operations: [read]'),
      [],
    ],
    [
      'a list with a table that there is not, and what it may do is not known',
      change('    tables:\n      visits: [read]', '    tables: [¦guests]\n    operations: [¦fly]'),
      ['error module-table', 'error module-shape'],
    ],
    ['a column that may perhaps be empty', change('length: 64', "null: ¦'maybe'"), ['error module-shape']],
    ['a column that may not be empty', change('length: 64', 'null: false'), []],
    [
      'an index twice',
      change('columns: [visitor]', 'columns: [visitor]\n      - name: ¦idx_visitor\n        columns: [id]'),
      ['error module-index'],
    ],
    ['two primary keys', change('length: 64', 'primary_key: ¦true'), ['error module-column']],
    ...[
      ['integer', 'abc'],
      ['integer', '1.5'],
      ['bigint', 'true'],
      ['decimal', "''"],
      ['boolean', '1'],
    ].map(([type, value]): [string, Edits, string[]] => [
      `the default ${value} of the type ${type}`,
      change('type: string\n        length: 64', `type: ${type}\n        default: ¦${value}`),
      ['error module-column'],
    ]),
    ...[
      ['integer', "'0'"],
      ['decimal', '0.5'],
      ['boolean', 'false'],
      ['timestamp', 'now()'],
      ['integer', 'null'],
    ].map(([type, value]): [string, Edits, string[]] => [
      `the default ${value} of the type ${type}, which is right`,
      change('type: string\n        length: 64', `type: ${type}\n        default: ${value}`),
      [],
    ]),
    [
      'a list of tables',
      {
        [schema]:
          'module: com.acme.gate.visits\ntables:\n  - name: visits\n    columns: [{ name: id, type: bigint }]\n    indexes: [{ name: a, columns: [¦guest] }]\n',
      },
      ['error module-index'],
    ],
    ['an empty list of tables', { [schema]: 'module: com.acme.gate.visits\n¦tables: []\n' }, ['error module-shape']],
    [
      'a list with a table without a name',
      { [schema]: 'module: com.acme.gate.visits\ntables:\n  - ¦columns: [{ name: id, type: bigint }]\n' },
      ['error module-shape'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

test('the key null of a column is called so', async () => {
  const { problems } = await lintChanged(change('length: 64', 'null: maybe'));
  expect(problems).toMatchObject([
    { message: expect.stringMatching(/^tables\.visits\.columns\.1\.null is the text/) as string },
  ]);
});

test('a module without tables names none to choose from', async () => {
  const { problems } = await lintChanged({
    [schema]: 'module: com.acme.gate.visits\ntables: {}\npermissions: [{ role: user, tables: { guests: [read] } }]\n',
  });
  expect(problems.map(({ hint }) => hint)).toContain('There is none yet. Add it.');
});
