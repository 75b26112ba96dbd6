import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { createRenderer, dbtFolder, filesOf, type Environment } from './dbtRenderer.ts';

/*
 * What `dbt build` does, as far as this project's dbt module needs it: renders the templates, makes the seed and the
 * models as tables on PostgreSQL, and runs the tests that the YAML files declare. Whatever a template names and nothing
 * provides throws. The workflow runs the real dbt on the same project.
 */

type Row = Record<string, string | null>;

interface ColumnTest {
  to: string;
  field: string;
  values: string[];
}
interface Described {
  name: string;
  columns: { name: string; data_tests?: (string | Record<string, { arguments: ColumnTest }>)[] }[];
}
interface Project {
  seeds: Record<string, Record<string, { '+column_types': Record<string, string> }>>;
}

/** One run of the project for one installation. */
export interface DbtRun {
  /** The rows of a model or a seed; every value is text. */
  select: (table: string, orderBy: string) => Promise<Row[]>;
  /** `decisions_daily.status not_null`: every declared test that found something. */
  failures: string[];
  /** `decisions_daily.status not_null`: every test that was run. */
  tests: string[];
  /** Columns by model or seed: those that the table has, and those that the YAML describes. */
  columns: Record<string, { made: string[]; described: string[] }>;
}

/** Runs the project on a database, as Kiket runs it for an installation: with this environment. */
export async function runDbt(databaseUrl: string, environment: Environment): Promise<DbtRun> {
  // Every value as the text that PostgreSQL writes: what a test sees depends on no clock or place of this process.
  const client = new Client({ connectionString: databaseUrl, types: { getTypeParser: () => String } });
  await client.connect();
  onTestFinished(() => client.end());
  // Days are days in UTC, wherever the database believes to be.
  await client.query("set time zone 'Pacific/Auckland'");
  const query = async (text: string): Promise<Row[]> => (await client.query<Row>(text)).rows;

  const { render, profile } = createRenderer(environment);
  const { schema } = profile;
  await query(`create schema if not exists ${schema}`);
  await query(`create table ${schema}.decision_statuses as ${seedRows()}`);
  const models = filesOf('models', '.sql');
  for (const [name, text] of models) await query(`create table ${schema}.${name} as ${render(text)}`);

  const described = ['models', 'seeds'].flatMap((folder) =>
    filesOf(folder, '.yml').flatMap(([, text]) => describedIn(parse(text) as Record<string, Described[]>)),
  );
  const run: DbtRun = {
    select: (table, orderBy) => query(`select * from ${schema}.${table} order by ${orderBy}`),
    failures: [],
    tests: [],
    columns: {},
  };
  for (const { relation, name, columns } of described) {
    const { fields } = await client.query(`select * from ${render(`{{ ${relation} }}`)} limit 0`);
    run.columns[name] = { made: fields.map((field) => field.name), described: columns.map((column) => column.name) };
    for (const column of columns) {
      for (const test of column.data_tests ?? []) {
        const [kind = '', { arguments: given } = { arguments: undefined }] =
          typeof test === 'string' ? [test] : (Object.entries(test)[0] ?? []);
        const failing = failingRows(kind, column.name, given);
        const found = await query(render(failing.replaceAll('$model', `{{ ${relation} }}`)));
        run.tests.push(`${name}.${column.name} ${kind}`);
        if (found.length > 0) run.failures.push(`${name}.${column.name} ${kind}`);
      }
    }
  }
  return run;
}

/** Models, seeds and the tables of sources that a YAML file describes, with the call that names each in a template. */
function describedIn(file: Record<string, Described[]>): (Described & { relation: string })[] {
  const { models = [], seeds = [], sources = [] } = file;
  return [
    ...[...models, ...seeds].map((each) => ({ ...each, relation: `ref('${each.name}')` })),
    ...(sources as unknown as { name: string; tables: Described[] }[]).flatMap(({ name, tables }) =>
      tables.map((table) => ({ ...table, relation: `source('${name}', '${table.name}')` })),
    ),
  ];
}

/** The seed as a query, with the types that dbt_project.yml gives its columns. */
function seedRows(): string {
  const project = parse(readFileSync(join(dbtFolder, 'dbt_project.yml'), 'utf8')) as Project;
  const types = project.seeds['guard_decisions']?.['decision_statuses']?.['+column_types'] ?? {};
  const [[, text] = ['', '']] = filesOf('seeds', '.csv');
  const [header = '', ...lines] = text.trim().split('\n');
  const names = header.split(',');
  const selects = lines.map((line) => {
    const cells = line.split(',').map((cell, index) => `cast('${cell}' as ${types[names[index] ?? ''] ?? '?'})`);
    return `select ${cells.map((cell, index) => `${cell} as ${names[index] ?? '?'}`).join(', ')}`;
  });
  return selects.join(' union all ');
}

/** The query that dbt runs for one of its own tests: it finds the rows that should not be there. */
function failingRows(kind: string, column: string, given: ColumnTest | undefined): string {
  if (kind === 'not_null') return `select 1 from $model where ${column} is null`;
  if (kind === 'unique')
    return `select 1 from $model where ${column} is not null group by ${column} having count(*) > 1`;
  if (kind === 'accepted_values' && given !== undefined) {
    return `select 1 from $model where ${column} not in (${given.values.map((value) => `'${value}'`).join(', ')})`;
  }
  if (kind === 'relationships' && given !== undefined) {
    const known = `select ${given.field} from {{ ${given.to} }}`;
    return `select 1 from $model where ${column} is not null and ${column} not in (${known})`;
  }
  throw new Error(`This runner does not know the test "${kind}" of ${column}.`);
}
