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
    [
      'what a macro is given, and what is set',
      {
        [`${folder}/macros/b.sql`]:
          "{% macro b(c, d=1) %}{% set e = c %}{{ c('a') }}{{ d(1) }}{{ e(2) }}{% for f in c %}{{ f(3) }}{% endfor %}{% endmacro %}\n",
      },
      [],
    ],
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

describe('what dbt would only say when it runs:', () => {
  const profiles = `${folder}/profiles.yml`;
  const inDescription = (from: string, to: string): Edits => ({ [described]: [[from, to]] });
  const query = (text: string): Edits => ({ [model]: text });
  const columns = (text: string): Edits => inDescription('- name: daily\n', `- name: daily\n    columns: ${text}\n`);
  const relation = (to: string, field: string) =>
    columns(`[{ name: kind, data_tests: [{ relationships: { arguments: { to: "${to}", field: ${field} } } }] }]`);
  test.each<[string, Edits, string[]]>([
    [
      'settings under another name',
      {
        [settings]: [
          ['profile', 'models:\n  ¦visit:\n    +materialized: table\nseeds:\n  visits:\n    +quote: true\nprofile'],
        ],
      },
      ['error dbt-settings'],
    ],
    [
      'the project under another name than its settings',
      {
        [settings]: [
          ['name: visits', 'name: stays'],
          ['profile', 'seeds:\n  ¦visits:\n    +quote: true\nprofile'],
        ],
      },
      ['error dbt-settings'],
    ],
    [
      'settings for a seed, for a folder, and for a model that there is not',
      {
        [settings]: [
          [
            'profile',
            'seeds:\n  visits:\n    kinds:\n      +quote: true\nmodels:\n  visits:\n    models: { +tags: a }\n    ¦dayly: { +tags: a }\nprofile',
          ],
        ],
      },
      ['error dbt-settings'],
    ],
    [
      'no name, and settings under one',
      {
        [settings]: [
          ['name: visits\nversion', '¦version'],
          ['profile', 'models:\n  visits:\n    +tags: a\nprofile'],
        ],
      },
      ['error dbt-project'],
    ],
    [
      'settings for all of them',
      { [settings]: [['profile', 'models:\n  +materialized: table\n  persist_docs: { relation: true }\nprofile']] },
      [],
    ],
    [
      'settings for a package',
      { ...packages, [settings]: [['profile', 'models:\n  dbt_utils:\n    +enabled: true\nprofile']] },
      [],
    ],
    ['a target that is no output', { [profiles]: [['target: all', 'target: ¦none']] }, ['error dbt-profile']],
    [
      'no target, and no output that is called default',
      { [profiles]: [['kiket:\n  target: all\n', '¦kiket:\n']] },
      ['error dbt-profile'],
    ],
    ['a target that Jinja says', { [profiles]: [['target: all', `target: "{{ env_var('A', 'all') }}"`]] }, []],
    ['a key of a column one letter off', columns('[{ name: kind, ¦data_test: [unique] }]'), ['warning key-unknown']],
    [
      'a key of a model one letter off',
      inDescription('- name: daily\n', '- name: daily\n    ¦colums: []\n'),
      ['warning key-unknown'],
    ],
    ['a key of a source one letter off', inDescription('    schema:', '    ¦shcema:'), ['warning key-unknown']],
    ['two models of one name', { [`${folder}/models/more/daily.sql`]: '¦select 1\n' }, ['error dbt-model-twice']],
    [
      'a model that is called like a seed',
      {
        [`${folder}/models/kinds.sql`]: 'select 1\n',
        [described]: [['- name: daily', '- name: kinds\n  - name: daily']],
        [seed]: '¦kind\n',
      },
      ['error dbt-model-twice'],
    ],
    ['an empty model', query('¦-- nothing yet\n'), ['error dbt-model-sql']],
    ['a model of Jinja alone', query("{{ ref('kinds') }}\n"), []],
    ['a semicolon at the end', query("select ';' as a¦; -- end\n"), ['error dbt-model-sql']],
    ['a parenthesis that is not closed', query('select sum¦(a from (select 1 as a)\n'), ['error dbt-model-sql']],
    ['a parenthesis that closes nothing', query('select (1)¦)\n'), ['error dbt-model-sql']],
    [
      'parentheses in quotes, comments and Jinja',
      query("select ')', '(''(' -- )\n/* ( */ {# ( #} {{ ref('kinds') }}\n"),
      [],
    ],
    ['parentheses in branches', query('{% if true %}select (1{% else %}select (2{% endif %})\n'), []],
    [
      'a column that the model does not have',
      { ...query('select kind as sort from a\n'), ...columns('[{ name: kind }, { name: ¦label }]') },
      ['error dbt-column'],
    ],
    [
      'a column of a model with a macro that there is not',
      { ...query('select {{ ¦columns_of(1) }} from a\n'), ...columns('[{ name: label }]') },
      ['error dbt-macro'],
    ],
    ['a column of a model that selects all', columns('[{ name: label }]'), []],
    [
      'a column that a macro of the project selects',
      {
        [`${folder}/macros/a.sql`]: '{% macro a() %}1 as label{% endmacro %}\n',
        ...query('select {{ a() }}\n'),
        ...columns('[{ name: label }]'),
      },
      [],
    ],
    ['a relationship', relation("ref('kinds')", 'kind'), []],
    ['a relationship to a column that a seed does not have', relation("ref('kinds')", '¦kidn'), ['error dbt-column']],
    [
      'a relationship to a column that a source does not have',
      relation("source('gate', 'visits')", '¦kind'),
      ['error dbt-column'],
    ],
    ['a relationship to a column of the module', relation("source('gate', 'visits')", 'visitor'), []],
    [
      'a relationship to a column that a model does not have',
      { ...query('select kind from a\n'), ...relation("ref('daily')", '¦sort') },
      ['error dbt-column'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
