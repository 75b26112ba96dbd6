import { error, type Place } from '../found.ts';
import type { Problem } from '../problem.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';
import type { Path, YamlFile } from '../yamlFile.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A table of a module, and where it stands. */
interface Table {
  name: string;
  path: Path;
  fields: Fields;
}

/** The columns and indexes of a module's tables fit each other, and its permissions are for tables that there are. */
export function checkTables(yaml: YamlFile): Problem[] {
  const tables = tablesIn(yaml);
  return [...tables.flatMap((table) => checkTable(yaml, table)), ...permissions(yaml, tables)];
}

/** By name, or as a list: the kiket CLI takes both. */
function tablesIn({ value }: YamlFile): Table[] {
  const { tables } = asMap(value);
  return [
    ...Object.entries(asMap(tables)).map(([name, fields]) => ({ name, path: ['tables', name], fields: asMap(fields) })),
    ...asList(tables).map((each, index) => {
      const fields = asMap(each);
      return { name: asText(fields['name']) ?? '', path: ['tables', index], fields };
    }),
  ];
}

function permissions(yaml: YamlFile, tables: readonly Table[]): Problem[] {
  const names = tables.map(({ name }) => name);
  return asList(asMap(yaml.value)['permissions']).flatMap((permission, index) => {
    const path = ['permissions', index, 'tables'];
    const { tables: granted } = asMap(permission);
    const named = [
      ...Object.keys(asMap(granted)).map((name) => ({ name, place: yaml.keyAt([...path, name]) })),
      ...asList(granted).map((name, position) => ({ name, place: yaml.at([...path, position]) })),
    ];
    return named
      .filter(({ name }) => typeof name === 'string' && !names.includes(name))
      .map(({ name, place }) => {
        const message = `There is no table ${String(name)} in this module.`;
        return error('module-table', place, { message, hint: oneOf(names) });
      });
  });
}

function checkTable(yaml: YamlFile, { path, fields }: Table): Problem[] {
  const columns = asList(fields['columns']).map(asMap);
  const indexes = asList(fields['indexes']).map(asMap);
  const at: At = (...more) => yaml.at([...path, ...more]);
  return [
    ...twice(columns, ({ name }) => name).map(({ item, index }) => {
      const message = `There is a column ${String(item['name'])} already.`;
      return error('module-column', at('columns', index, 'name'), { message, hint: 'Rename or remove one.' });
    }),
    ...twice(columns, (column) => column['primary_key'] === true || undefined).map(({ index }) => {
      const message = 'Another column is the primary key already.';
      return error('module-column', at('columns', index, 'primary_key'), { message, hint: 'Choose one of them.' });
    }),
    ...twice(indexes, ({ name }) => name).map(({ item, index }) => {
      const message = `There is an index ${String(item['name'])} already.`;
      return error('module-index', at('indexes', index, 'name'), { message, hint: 'Rename or remove one.' });
    }),
    ...unknownColumns(columns, indexes, at),
    ...wrongDefaults(columns, at),
  ];
}

/** Where a part of a table stands. */
type At = (...path: Path) => Place;

/** The items of which an earlier one has the same. */
function twice(items: readonly Fields[], of: (item: Fields) => unknown): { item: Fields; index: number }[] {
  const values = items.map(of);
  return items.flatMap((item, index) => {
    const value = values[index];
    return value === undefined || values.indexOf(value) === index ? [] : [{ item, index }];
  });
}

function unknownColumns(columns: readonly Fields[], indexes: readonly Fields[], at: At): Problem[] {
  const names = columns.map(({ name }) => asText(name) ?? '');
  return indexes.flatMap((entry, index) =>
    asTexts(entry['columns']).flatMap((name, position) => {
      if (names.includes(name)) return [];
      const message = `The table has no column ${name}.`;
      return [error('module-index', at('indexes', index, 'columns', position), { message, hint: oneOf(names) })];
    }),
  );
}

function wrongDefaults(columns: readonly Fields[], at: At): Problem[] {
  return columns.flatMap(({ type, default: value }, index) => {
    if (value === undefined || value === null || isOfType(value, type)) return [];
    const message = `The default ${JSON.stringify(value)} is no ${String(type)}.`;
    return [error('module-column', at('columns', index, 'default'), { message, hint: 'Mend it, or the type.' })];
  });
}

/** Numbers may be in quotes. Of other types than these a default may be anything: a word of SQL is one, too. */
function isOfType(value: unknown, type: unknown): boolean {
  const isNumber = value !== '' && typeof value !== 'boolean' && Number.isFinite(Number(value));
  if (type === 'integer' || type === 'bigint') return isNumber && Number.isInteger(Number(value));
  if (type === 'decimal') return isNumber;
  return type !== 'boolean' || typeof value === 'boolean';
}

function oneOf(names: readonly string[]): string {
  return names.length === 0 ? 'There is none yet. Add it.' : `There are: ${names.join(', ')}.`;
}
