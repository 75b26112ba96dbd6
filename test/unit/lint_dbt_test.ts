import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const folder = '.kiket/modules/visits/dbt';
const settings = `${folder}/dbt_project.yml`;
const described = `${folder}/models/schema.yml`;
const model = `${folder}/models/daily.sql`;
const seed = `${folder}/seeds/kinds.csv`;
const packages: Edits = { [`${folder}/packages.yml`]: 'packages: [{ package: dbt-labs/dbt_utils, version: 1.3.0 }]\n' };
const macros: Edits = { [`${folder}/macros/days.sql`]: '{%- macro day_of(time) %}{{ time }}{% endmacro %}\n' };

/** The model with one line more. */
const line = (text: string): Edits => ({ [model]: [['select *', `${text}\nselect *`]] });

describe('the macros that a model calls:', () => {
  test.each<[string, Edits, string[]]>([
    ['one of its own', { ...macros, ...line('{{ day_of(1) }}, {{ visits.day_of(1) }}') }, []],
    ['one that there is not', { ...macros, ...line('{{ ¦days_of(1) }}') }, ['error dbt-macro']],
    ['one of its own under its name that there is not', line('{{ ¦visits.day_of(1) }}'), ['error dbt-macro']],
    ['one in a block', line('{%- if ¦day_of(1) == 2 %}{% endif %}'), ['error dbt-macro']],
    ['one within another', { ...macros, ...line("{{ day_of(¦hour_of('a(b)')) }}") }, ['error dbt-macro']],
    [
      'one that only a comment has',
      { [`${folder}/macros/days.sql`]: '{# {% macro day_of(time) %}{% endmacro %} #}\n', ...line('{{ ¦day_of(1) }}') },
      ['error dbt-macro'],
    ],
    [
      'one that is elsewhere',
      {
        [`${folder}/analyses/days.sql`]: '{% macro day_of(time) %}{% endmacro %}\n',
        ...line('{{ ¦day_of(1) }}'),
      },
      ['error dbt-macro'],
    ],
    [
      'one in a folder that the project names',
      {
        [settings]: [['model-paths', 'macro-paths: [own]\nmodel-paths']],
        [`${folder}/own/days.sql`]: '{% macro day_of(time) %}{% endmacro %}\n',
        ...line('{{ day_of(1) }}'),
      },
      [],
    ],
    [
      'what dbt and Jinja have',
      line(
        "{{ config(materialized='table') }}{{ dbt.dateadd('day', 1, 'x') }}{{ type_string() }}{% do log('x') %}{% for i in range(2) %}{% endfor %}",
      ),
      [],
    ],
    [
      'words, filters and tests of Jinja',
      line("{% if not (1) and x is divisibleby(3) %}{{ 'a' | truncate(3) }}{% endif %}"),
      [],
    ],
    ['methods', line('{% set list = [] %}{% do list.append(1) %}{{ adapter.get_relation(1).render(2) }}'), []],
    [
      'what stands in a comment, in quotes or is raw',
      line("{# {{ a(1) }} #}{{ 'b(1)' }}{% raw %}{{ c(1) }}{% endraw %}"),
      [],
    ],
    ['functions of the database', line('-- round(1) {{ 1 }} round(2)'), []],
    ['another that it goes on from', line('{{ default__day_of(1) }}'), []],
    ['its own arguments', { [`${folder}/macros/b.sql`]: '{% macro b(c=d(1)) %}{% endmacro %}\n' }, []],
    ['a package that there is not', line('{{ ¦dbt_utils.star(this) }}'), ['error dbt-macro']],
    ['a package', { ...packages, ...line('{{ dbt_utils.star(this) }}') }, []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('one letter off is recognized', async () => {
    const { problems } = await lintChanged({ ...macros, ...line('{{ dya_of(1) }}{{ reff(1) }}') });
    expect(problems.map(({ hint }) => hint)).toEqual(['Did you mean day_of?', 'Did you mean ref?']);
  });
});

describe('the tests that a description asks for:', () => {
  const column = (text: string): Edits => ({
    [described]: [['- name: daily\n', `- name: daily\n    columns: [{ name: day, data_tests: ${text} }]\n`]],
  });
  test.each<[string, Edits, string[]]>([
    [
      "dbt's",
      column(
        "[unique, not_null, accepted_values: { arguments: { values: [1] } }, { relationships: { to: ref('kinds') } }]",
      ),
      [],
    ],
    ['one that there is not', column('[¦not_nul]'), ['error dbt-test']],
    ['one with arguments', column('[{ name: mine, ¦accepted_value: { values: [1] } }]'), ['error dbt-test']],
    ['one by another name', column('[{ name: mine, test_name: ¦uniq }]'), ['error dbt-test']],
    [
      'one of the whole model, by the old name',
      { [described]: [['- name: daily\n', '- name: daily\n    tests: [¦not_empty]\n']] },
      ['error dbt-test'],
    ],
    [
      'one of a source',
      { [described]: [['- name: visits\n', '- name: visits\n        data_tests:\n          - ¦fresh: {}\n']] },
      ['error dbt-test'],
    ],
    [
      'one of its own',
      {
        [`${folder}/tests/generic/even.sql`]: '{% test even(model) %}{% endtest %}\n',
        ...column('[even, visits.even]'),
      },
      [],
    ],
    [
      'a macro',
      { [`${folder}/macros/even.sql`]: '{% macro test_even(model) %}{% endmacro %}\n', ...column('[even]') },
      [],
    ],
    ['one of a package that there is not', column('[¦dbt_utils.at_least_one]'), ['error dbt-test']],
    ['one of a package', { ...packages, ...column('[dbt_utils.at_least_one]') }, []],
    ['none', column('none'), []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('one letter off is recognized', async () => {
    const { problems } = await lintChanged(column('[not_nul]'));
    expect(problems).toMatchObject([{ message: 'There is no generic test not_nul.', hint: 'Did you mean not_null?' }]);
  });
});

describe('columns:', () => {
  const source = (text: string): Edits => ({
    [described]: [['- name: visits\n', `- name: visits\n        columns: ${text}\n`]],
  });
  const seeds = (columns: string, header: string): Edits => ({
    [`${folder}/seeds/schema.yml`]: `seeds:\n  - name: kinds\n    columns: ${columns}\n`,
    [seed]: `${header}\n`,
  });
  test.each<[string, Edits, string[]]>([
    ['a source has those of the module', source('[{ name: id }, { name: visitor }]'), []],
    [
      'a source has one that the module does not declare',
      source('[{ name: id }, { name: ¦guest }]'),
      ['error dbt-source-column'],
    ],
    [
      'a source of another name',
      {
        [described]: [
          ['- name: visits\n', '- name: visits\n        identifier: rooms\n        columns: [{ name: guest }]\n'],
        ],
      },
      [],
    ],
    [
      'a source of another name that is the table',
      {
        [described]: [
          [
            '- name: visits\n',
            '- name: visits\n      - name: stays\n        identifier: visits\n        columns: [{ name: ¦guest }]\n',
          ],
        ],
      },
      ['error dbt-source-column'],
    ],
    ['a seed has those that are declared', seeds('[{ name: kind }, { name: label }]', '\uFEFF"label",kind'), []],
    ['a seed lacks one', seeds('[{ name: kind }, { name: ¦label }]', 'kind'), ['error dbt-seed-column']],
    [
      'a seed has one more',
      seeds('[{ name: kind }]', 'kind,¦label,¦color'),
      ['warning dbt-seed-column', 'warning dbt-seed-column'],
    ],
    ['a seed begins with one more', seeds('[{ name: kind }]', '¦label,kind'), ['warning dbt-seed-column']],
    ['none are declared', seeds('[]', 'kind,label'), []],
    ['another delimiter', seeds('[{ name: kind }, { name: label }]', 'kind;label'), []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
