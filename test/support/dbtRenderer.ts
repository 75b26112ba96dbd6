import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nunjucks from 'nunjucks';
import { parse } from 'yaml';
import { projectRoot } from '../../src/setup.ts';

export const dbtFolder = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'dbt');

/** The variables that a run of dbt is started with. */
export type Environment = Readonly<Record<string, string>>;

/** Texts of a folder of the project, with their names without the ending. */
export function filesOf(folder: string, ending: string): [string, string][] {
  const names = readdirSync(join(dbtFolder, folder)).filter((name) => name.endsWith(ending));
  return names.map((name) => [name.slice(0, -ending.length), readFileSync(join(dbtFolder, folder, name), 'utf8')]);
}

/** How dbt connects. All values are text: what makes a number of one is dbt itself. */
export type Profile = Record<string, unknown> & { schema: string };

/**
 * Renders templates as dbt does, with the macros of the project, for tables in the schema of its profile. Throws for
 * whatever a template names and nothing provides.
 */
export function createRenderer(environment: Environment): { render: (template: string) => string; profile: Profile } {
  const jinja = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: true });
  jinja.addFilter('as_number', Number);
  const envVar = (name: string, ...fallback: string[]): string => {
    const value = environment[name] ?? fallback[0];
    if (value === undefined) throw new Error(`Env var required but not provided: '${name}'`);
    return value;
  };
  const profiles = jinja.renderString(readFileSync(join(dbtFolder, 'profiles.yml'), 'utf8'), { env_var: envVar });
  const { outputs } = (parse(profiles) as { kiket: { outputs: { installation: Profile } } }).kiket;
  const profile = outputs.installation;
  const { schema } = profile;
  const basics = { env_var: envVar, target: { schema } };
  const macros = filesOf('macros', '.sql').map(([, text]) => text);
  const known = [...filesOf('models', '.sql'), ...filesOf('seeds', '.csv')].map(([name]) => name);
  const { sources } = parse(readFileSync(join(dbtFolder, 'models', 'sources.yml'), 'utf8')) as {
    sources: { name: string; schema: string; tables: { name: string }[] }[];
  };

  const ref = (name: string): string => {
    if (!known.includes(name)) throw new Error(`There is no model or seed "${name}".`);
    return `${schema}.${name}`;
  };
  const source = (name: string, table: string): string => {
    const found = sources.find((each) => each.name === name && each.tables.some((one) => one.name === table));
    if (found === undefined) throw new Error(`There is no source "${name}" with a table "${table}".`);
    return `${jinja.renderString(found.schema, basics)}.${table}`;
  };
  const render = (template: string) => jinja.renderString(macros.join('') + template, { ...basics, ref, source });
  return { render, profile };
}
