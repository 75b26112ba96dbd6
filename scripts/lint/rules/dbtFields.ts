import { isMap, isScalar, visit, type Node } from 'yaml';
import { error } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';
import { columnsOf, columnsOfSources } from './dbtColumns.ts';
import { baseName, type Dbt } from './dbtFiles.ts';
import { unknownMacros } from './dbtMacros.ts';
import { sqlOf, withoutComments } from './dbtText.ts';

/** Descriptions tell of columns that the models have, and relationships lead to columns that are there. */
export function checkFields(project: Project, dbt: Dbt): Problem[] {
  const has = (node: string, column: string) => mayHave(project, dbt, node, column);
  const described = dbt.descriptions.flatMap((yaml) =>
    asList(asMap(yaml.value)['models']).flatMap((model, index) => {
      const name = asText(asMap(model)['name']) ?? '';
      return columnsOf(yaml, ['models', index], asMap(model))
        .filter((column) => !has(name, column.name))
        .map((column) => {
          const message = `Nothing in the model ${name} is called ${column.name}.`;
          return error('dbt-column', column.place, { message, hint: 'Mend the name, or select the column.' });
        });
    }),
  );
  return [...described, ...relationships(project, dbt, has)];
}

/** False only where it is certain: a query that selects everything, or that is not written here alone, may have any column. */
function mayHave(project: Project, dbt: Dbt, node: string, column: string): boolean {
  const { models, seeds, files, usesPackages } = dbt;
  const seed = seeds.find((file) => baseName(file) === node);
  if (seed !== undefined) return wordsOf((project.read(seed) ?? '').split('\n')[0] ?? '').has(column);
  const model = models.find((file) => baseName(file) === node && file.endsWith('.sql'));
  if (model === undefined || usesPackages) return true;
  const text = project.read(model) ?? '';
  if (sqlOf(text).trim() === '' || unknownMacros(model, text, dbt).length > 0) return true;
  if (/(?:\bselect(?:\s+distinct)?|,)\s+(?:\w+\.)?\*/i.test(sqlOf(text))) return true;
  const macros = files.filter((file) => file.endsWith('.sql') && !models.includes(file));
  return [model, ...macros].some((file) => wordsOf(withoutComments(project.read(file) ?? '')).has(column));
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/\w+/g));
}

function relationships(project: Project, dbt: Dbt, has: (node: string, column: string) => boolean): Problem[] {
  const sources = columnsOfSources(project, dbt);
  return dbt.descriptions.flatMap((yaml) => {
    const found: Problem[] = [];
    visit(yaml.document, {
      Map: (_key, map) => {
        const [to, field]: unknown[] = [map.get('to'), map.get('field', true)];
        if (typeof to !== 'string' || !isScalar(field) || !isMap(map)) return;
        const [, node = ''] = /^\s*ref\(\s*['"]([^'"]*)['"]\s*\)/.exec(to) ?? [];
        const [, source, table] = /^\s*source\(\s*['"]([^'"]*)['"]\s*,\s*['"]([^'"]*)['"]/.exec(to) ?? [];
        const columns = sources.get(`${source}.${table}`) ?? [];
        const name = String(field.value);
        const isThere = source === undefined ? has(node, name) : columns.length === 0 || columns.includes(name);
        if (isThere) return;
        const hint = columns.length === 0 ? 'Mend the name.' : `There are: ${columns.join(', ')}.`;
        const message = `${to} has no column ${name}.`;
        found.push(error('dbt-column', yaml.nodeAt(field as Node), { message, hint }));
      },
    });
    return found;
  });
}
