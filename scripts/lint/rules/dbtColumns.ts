import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';
import type { Path, YamlFile } from '../yamlFile.ts';
import { baseName, type Dbt } from './dbtFiles.ts';

/** A source that is a table of the module has the columns that the module's `schema.yml` declares. */
export function sourceColumns(project: Project, { folder, descriptions }: Dbt): Problem[] {
  const module = moduleOf(project, folder);
  const tables = asMap(asMap(module?.value)['tables']);
  return descriptions.flatMap((yaml) =>
    tablesIn(yaml).flatMap(({ path, table }) => {
      const name = asText(table['identifier']) ?? String(table['name']);
      if (module === undefined || !Object.hasOwn(tables, name)) return [];
      const declared = namesIn(asMap(tables[name]));
      return columnsOf(yaml, path, table)
        .filter((column) => !declared.includes(column.name))
        .map((column) => {
          const message = `${module.file} declares no column ${column.name} of ${name}.`;
          return error('dbt-source-column', column.place, { message, hint: `There are: ${declared.join(', ')}.` });
        });
    }),
  );
}

function moduleOf(project: Project, folder: string): YamlFile | undefined {
  const files = ['schema.yml', 'schema.yaml'].map((name) => project.yaml(folder.replace(/dbt\/$/, name)));
  return files.find((yaml) => yaml !== undefined);
}

function tablesIn({ value }: YamlFile) {
  return asList(asMap(value)['sources']).flatMap((source, index) =>
    asList(asMap(source)['tables']).map((table, position) => ({
      source: String(asMap(source)['name']),
      path: ['sources', index, 'tables', position] satisfies Path,
      table: asMap(table),
    })),
  );
}

/** The first line of a seed has the columns that its description declares, whatever their order. */
export function seedColumns(project: Project, { seeds, descriptions }: Dbt): Problem[] {
  return descriptions.flatMap((yaml) =>
    asList(asMap(yaml.value)['seeds']).flatMap((entry, index) => {
      const seed = asMap(entry);
      const file = seeds.find((path) => baseName(path) === seed['name']);
      const [header = ''] = (file === undefined ? '' : (project.read(file) ?? '')).split(/\r?\n/);
      const declared = columnsOf(yaml, ['seeds', index], seed);
      // Without columns nothing is declared, and what another delimiter parts is left to dbt.
      if (file === undefined || declared.length === 0 || /[;\t|]/.test(header)) return [];
      return compareHeader(file, header, declared);
    }),
  );
}

function compareHeader(file: string, header: string, declared: ReturnType<typeof columnsOf>): Problem[] {
  const columns = header.split(',').map((part) => part.replaceAll(/^\uFEFF|["\s]/g, ''));
  const missing = declared
    .filter(({ name }) => !columns.includes(name))
    .map(({ name, place }) =>
      error('dbt-seed-column', place, {
        message: `The first line of ${file} has no ${name}.`,
        hint: `It has: ${columns.join(', ')}.`,
      }),
    );
  const names = declared.map(({ name }) => name);
  const undeclared = columns.flatMap((name, index) => {
    if (names.includes(name)) return [];
    const column = header.split(',').slice(0, index).join(',').length + (index === 0 ? 1 : 2);
    const message = `No description declares the column ${name}.`;
    return [
      warning('dbt-seed-column', { file, line: 1, column }, { message, hint: `Declared are: ${names.join(', ')}.` }),
    ];
  });
  return [...missing, ...undeclared];
}

/** The columns that are declared of sources, in their descriptions and by the module, by `source.table`. */
export function columnsOfSources(project: Project, { folder, descriptions }: Dbt): ReadonlyMap<string, string[]> {
  const tables = asMap(asMap(moduleOf(project, folder)?.value)['tables']);
  return new Map(
    descriptions.flatMap((yaml) =>
      tablesIn(yaml).map(({ source, path, table }) => {
        const name = asText(table['identifier']) ?? String(table['name']);
        const described = columnsOf(yaml, path, table).map((column) => column.name);
        return [`${source}.${String(table['name'])}`, [...described, ...namesIn(asMap(tables[name]))]] as const;
      }),
    ),
  );
}

/** The columns of a table or a seed in a description, and where they stand. */
export function columnsOf(yaml: YamlFile, path: Path, described: Readonly<Record<string, unknown>>) {
  return asList(described['columns']).flatMap((column, index) => {
    const name = asText(asMap(column)['name']);
    return name === undefined ? [] : [{ name, place: yaml.at([...path, 'columns', index, 'name']) }];
  });
}

function namesIn(table: Readonly<Record<string, unknown>>): string[] {
  return asList(table['columns']).flatMap((column) => asText(asMap(column)['name']) ?? []);
}
