import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretName } from 'kiket-express/manifest';
import { error, startOf, type Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { checkShape, readSchema } from '../shape.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';

const schema = readSchema('module');

/** The tables of custom data are valid, and the manifest says what the extension does with them. */
export function* moduleRules(project: Project): Iterable<Problem> {
  const schemas = project.files
    .filter((file) => /^\.kiket\/modules\/[^/]+\/schema\.ya?ml$/.test(file))
    .flatMap((file) => project.yaml(file) ?? []);
  for (const yaml of schemas) yield* checkShape('module-shape', yaml, schema);
  const manifest = project.manifest();
  if (manifest === undefined || schemas.some(({ value }) => value === undefined)) return;
  const grants = asList(asMap(manifest.extension['custom_data'])['permissions']);
  const granted = grants.map((each) => asText(asMap(each)['module']));
  const names = schemas.map(({ value }) => asText(asMap(value)['module']));
  for (const [index, yaml] of schemas.entries()) {
    const name = names[index];
    if (name === undefined || granted.includes(name)) continue;
    const message = "custom_data.permissions in the manifest don't name this module, so the extension may not use it.";
    const hint = `Add { module: ${name}, operations: [read, write] } there.`;
    yield error('module-not-granted', yaml.at(['module']), message, hint);
  }
  const own = `${String(manifest.extension['id'])}.`;
  for (const [index, name] of granted.entries()) {
    if (name === undefined || names.includes(name) || !name.startsWith(own)) continue;
    const place = manifest.placeOf('custom_data', 'permissions', index, 'module');
    const hint = `Write .kiket/modules/<folder>/schema.yml with module: ${name}, or correct the name.`;
    yield error('module-missing', place, `No file declares the module ${name}.`, hint);
  }
}

/**
 * The modules' dbt projects exist, and dbt can parse them if it's installed:
 * https://docs.getdbt.com/reference/commands/parse.
 */
export function dbtRules(project: Project): Problem[] {
  const folders = new Set(project.files.flatMap((file) => /^\.kiket\/modules\/[^/]+\/dbt\//.exec(file)?.[0] ?? []));
  return [...folders].flatMap((folder) => {
    const file = `${folder}dbt_project.yml`;
    if (project.files.includes(file)) return parse(project, folder, file);
    const message = 'This folder is a dbt project without its dbt_project.yml.';
    return [error('dbt-project-missing', startOf(file), message, "Add it, or Kiket doesn't find the models.")];
  });
}

function parse(project: Project, folder: string, file: string): Problem[] {
  const { root } = project;
  // A folder without a profile can only be parsed by Kiket, which has its own.
  if (root === undefined || !project.files.includes(`${folder}profiles.yml`)) return [];
  const scratch = mkdtempSync(join(tmpdir(), 'lint-dbt-'));
  const ran = spawnSync('dbt', ['--no-use-colors', '--quiet', 'parse'], {
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
  // An error means it isn't installed.
  if (ran.error !== undefined || ran.status === 0) return [];
  return [error('dbt-parse', startOf(file), `dbt says: ${ran.stdout.trim()}`, `Run dbt parse in ${folder}.`)];
}

/** The variables that Kiket sets when it runs dbt, with dummy values. */
function injected(project: Project): Record<string, string> {
  const { value, extension } = project.manifest() ?? {};
  const fields = Object.entries(asMap(extension?.['configuration']));
  const secrets = fields.filter(([, field]) => asMap(field)['secret'] === true).map(([key]) => key);
  const deployed = asTexts(asMap(asMap(value)['deployment'])['secret_keys']);
  const names = [...secrets, ...deployed].map((key) => `INSTALLATION_SECRET_${secretName(key)}`);
  const known = ['KIKET_INSTALLATION_ID', 'KIKET_PRODUCT_IDENTIFIER', 'DBT_INSTALLATION_SCHEMA'];
  return Object.fromEntries([...known, ...names].map((name) => [name, 'lint']));
}
