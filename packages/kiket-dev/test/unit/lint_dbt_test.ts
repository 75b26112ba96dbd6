import { describe, expect, test } from 'vitest';
import { compareProblems, type Edits } from '../support/soundExtension.ts';

// That lint passes on what dbt says: test/slow/dbt_test.ts.

describe('a dbt project:', () => {
  const folder = '.kiket/modules/visits/dbt';
  const project = `${folder}/dbt_project.yml`;
  test.each<[string, Edits, string[]]>([
    ['its file is gone', { [project]: null }, [`${project}:1:1 error dbt-project-missing`]],
    ['its file is not YAML', { [project]: [['profile: kiket', 'profile: ¦"kiket']] }, ['error yaml-syntax']],
    ['its file has no settings', { [project]: '# Nothing yet.\n' }, []],
    [
      'the folder of its models is empty',
      { [project]: [['model-paths: [models]', '¦model-paths: [queries]']] },
      ['error dbt-models-missing'],
    ],
    [
      'it names no folder, and has none of the usual name',
      {
        [project]: [['model-paths: [models]\n', '']],
        [`${folder}/models/daily.sql`]: null,
        [`${folder}/models/schema.yml`]: null,
      },
      [`${project}:1:1 error dbt-models-missing`],
    ],
    [
      'a description is not YAML',
      { [`${folder}/models/schema.yml`]: [['models:', 'models: ¦"']] },
      ['error yaml-syntax'],
    ],
    ['it has a seed', { [`${folder}/seeds/kinds.csv`]: '¦kind\n' }, ['warning dbt-seed']],
    [
      'it has a seed in a folder that it names',
      {
        [project]: [['model-paths', 'seed-paths: [data]\nmodel-paths']],
        [`${folder}/data/kinds.csv`]: '¦kind\n',
        [`${folder}/seeds/kinds.csv`]: 'kind\n',
      },
      ['warning dbt-seed'],
    ],
    [
      'what dbt has written itself',
      {
        [`${folder}/dbt_packages/a/models/schema.yml`]: 'models: "\n',
        [`${folder}/target/run.yml`]: 'models: "\n',
      },
      [],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
