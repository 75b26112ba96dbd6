import * as z from 'zod';

const said = z.unknown().optional();
const tests = z.array(z.unknown()).optional();
const described = { name: said, description: said, data_tests: tests, tests, config: said, meta: said, tags: said };
const columns = z.array(z.looseObject({ ...described, data_type: said, quote: said, constraints: said })).optional();
const node = z.looseObject({ ...described, columns, docs: said, versions: said, latest_version: said });
const table = z.looseObject({ ...described, columns, identifier: said, loaded_at_field: said, freshness: said });
const source = z.looseObject({
  ...described,
  database: said,
  schema: said,
  loader: said,
  freshness: said,
  tables: z.array(table).optional(),
});

/**
 * The keys of a file that describes models, seeds and sources, such as models/schema.yml: what is nearly one of them is told,
 * because dbt passes over it. https://docs.getdbt.com/reference/configs-and-properties
 */
export const dbtPropertiesSchema = z.looseObject({
  version: said,
  models: z.array(node).optional(),
  seeds: z.array(node).optional(),
  snapshots: z.array(node).optional(),
  sources: z.array(source).optional(),
  macros: said,
  exposures: said,
  metrics: said,
  groups: said,
  unit_tests: said,
});
