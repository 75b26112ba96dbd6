import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { error, startOf, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asMap, asTexts } from '../values.ts';
import { toVariable } from './configuration.ts';

/**
 * The dbt projects of the modules are there, and dbt can parse them: https://docs.getdbt.com/reference/commands/parse.
 * Where dbt is not installed, their files are looked for; that they are YAML is the rule of all YAML files.
 */
export function dbtRules(project: Project): Problem[] {
  const folders = new Set(project.files.flatMap((file) => /^\.kiket\/modules\/[^/]+\/dbt\//.exec(file)?.[0] ?? []));
  return [...folders].flatMap((folder) => checkFolder(project, folder));
}

function checkFolder(project: Project, folder: string): Problem[] {
  const file = `${folder}dbt_project.yml`;
  const settings = project.yaml(file);
  if (settings === undefined) {
    const message = 'This folder is a dbt project without its dbt_project.yml.';
    const hint = 'Add it, or Kiket does not find the models.';
    return [error('dbt-project-missing', startOf(file), { message, hint })];
  }
  if (settings.value === undefined) return [];
  const pathsOf = (key: string, usual: string) => {
    const named = asMap(settings.value)[key];
    return named === undefined ? [usual] : asTexts(named);
  };
  const isEmpty = (path: string) => !project.files.some((each) => each.startsWith(`${folder}${path}/`));
  const missing = pathsOf('model-paths', 'models')
    .filter(isEmpty)
    .map((path) => {
      const hint = 'Add the models, or name their folder in model-paths.';
      return error('dbt-models-missing', settings.at(['model-paths']), {
        message: `There is nothing in ${path}/.`,
        hint,
      });
    });
  const seeds = pathsOf('seed-paths', 'seeds').flatMap((path) =>
    project.files.filter((each) => each.startsWith(`${folder}${path}/`) && each.endsWith('.csv')),
  );
  const unloaded = seeds.map((each) => {
    const message = 'Kiket executes `dbt run`, which loads no seeds.';
    return warning('dbt-seed', startOf(each), { message, hint: 'Write these rows into the model that needs them.' });
  });
  return [...missing, ...unloaded, ...parse(project, folder, file)];
}

/** What dbt itself says, where it is installed. */
function parse(project: Project, folder: string, file: string): Problem[] {
  const { root } = project;
  // A folder without a profile is parsed by Kiket alone, which brings its own.
  if (root === undefined || !project.files.includes(`${folder}profiles.yml`)) return [];
  const scratch = mkdtempSync(join(tmpdir(), 'lint-dbt-'));
  const {
    error: failed,
    status,
    stdout,
  } = spawnSync('dbt', ['--no-use-colors', '--quiet', 'parse'], {
    env: {
      ...process.env,
      ...injected(project),
      DBT_LOG_PATH: scratch,
      DBT_PROFILES_DIR: join(root, folder),
      DBT_PROJECT_DIR: join(root, folder),
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      DBT_TARGET_PATH: scratch,
    },
    encoding: 'utf8',
  });
  rmSync(scratch, { recursive: true, force: true });
  // Not installed.
  if (failed !== undefined || status === 0) return [];
  const hint = `Run dbt parse in ${folder}.`;
  return [error('dbt-parse', startOf(file), { message: `dbt says: ${stdout.trim()}`, hint })];
}

/** What Kiket sets when it runs dbt, with values that connect to nothing. */
function injected(project: Project): Record<string, string> {
  const { value, extension } = project.manifest() ?? {};
  const secrets = Object.entries(asMap(extension?.['configuration'])).filter(
    ([, field]) => asMap(field)['secret'] === true,
  );
  const deployed = asTexts(asMap(asMap(value)['deployment'])['secret_keys']);
  const names = [...secrets.map(([key]) => key), ...deployed].map((key) => `INSTALLATION_SECRET_${toVariable(key)}`);
  const known = ['KIKET_INSTALLATION_ID', 'KIKET_PRODUCT_IDENTIFIER', 'DBT_INSTALLATION_SCHEMA'];
  return Object.fromEntries([...known, ...names].map((name) => [name, 'lint']));
}
