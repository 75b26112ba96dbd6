import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Platform } from '../platform.ts';
import { Refusal } from '../refusal.ts';
import { endpoint, type Call, type Endpoint } from './endpoint.ts';
import { requireProject } from './issues.ts';

const recordSchema = z.object({ record: z.record(z.string(), z.unknown()) });

const listSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  filters: z
    .string()
    .default('{}')
    .transform((text, context) => {
      try {
        return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'must be a JSON object' });
        return z.NEVER;
      }
    }),
});

/**
 * Rows of the modules that the manifest's `custom_data.permissions` names. Deleted rows are kept but hidden. Extensions
 * call `/ext/custom_data`, and Kiket's command line `/custom_data`.
 */
export function customDataEndpoints({ database, extension }: Platform): Endpoint[] {
  const collection = '{/ext}/custom_data/:module/:table';

  async function place({ params, query, caller }: Call, operation: 'read' | 'write') {
    const { module = '', table = '' } = params;
    const granted = extension.modules.get(module) ?? [];
    if (!granted.includes(operation) && !granted.includes('admin')) {
      const message = `${extension.id} may not ${operation} ${module}. Add it to the manifest's custom_data.permissions.`;
      throw new Refusal(403, 'MODULE_FORBIDDEN', message);
    }
    const projectId = await readProject(query);
    requireProject(caller, projectId);
    return { project_id: projectId, module, table_name: table };
  }

  /** Extensions say `project_id`; Kiket's command line may say `project_key`. */
  async function readProject(query: Call['query']): Promise<number> {
    const { project_key: key } = z.object({ project_key: z.string().optional() }).parse(query);
    if (key === undefined) return z.object({ project_id: z.coerce.number().int() }).parse(query).project_id;
    const project = await database.selectFrom('projects').select('id').where('key', '=', key).executeTakeFirst();
    if (project === undefined) throw new Refusal(404, 'PROJECT_NOT_FOUND', `Unknown project ${key}.`);
    return project.id;
  }

  function rowsOf({ project_id: projectId, module, table_name: table }: Awaited<ReturnType<typeof place>>) {
    return database
      .selectFrom('custom_data')
      .select(['id', 'record'])
      .where('project_id', '=', projectId)
      .where('module', '=', module)
      .where('table_name', '=', table)
      .where('deleted_at', 'is', null)
      .orderBy('id');
  }

  async function find(call: Call, operation: 'read' | 'write') {
    const { id = '' } = call.params;
    const row = await rowsOf(await place(call, operation))
      .where('id', '=', Number(id))
      .executeTakeFirst();
    if (row === undefined) throw new Refusal(404, 'RECORD_NOT_FOUND', `Unknown record ${id}.`);
    return row;
  }

  return [
    endpoint('get', collection, 'custom_data:read', async (call) => {
      const { limit, filters } = listSchema.parse(call.query);
      const rows = (await rowsOf(await place(call, 'read')).execute()).map(show);
      const wanted = Object.entries(filters);
      const texts = readTextFilters(call.query);
      const matching = rows.filter(
        (row) =>
          wanted.every(([key, value]) => isDeepStrictEqual(row[key], value)) &&
          texts.every(([key, value]) => String(row[key]) === value),
      );
      return { body: { data: matching.slice(0, limit) } };
    }),
    endpoint('get', `${collection}/:id`, 'custom_data:read', async (call) => ({
      body: { data: show(await find(call, 'read')) },
    })),
    endpoint('post', collection, 'custom_data:write', async (call) => {
      const { record } = recordSchema.parse(call.body);
      const row = await database
        .insertInto('custom_data')
        .values({ ...(await place(call, 'write')), record: JSON.stringify(record), deleted_at: null })
        .returning(['id', 'record'])
        .executeTakeFirstOrThrow();
      return { status: 201, body: { data: show(row) } };
    }),
    endpoint('patch', `${collection}/:id`, 'custom_data:write', async (call) => {
      const { record: changes } = recordSchema.parse(call.body);
      const row = await find(call, 'write');
      const record = JSON.stringify({ ...(JSON.parse(row.record) as object), ...changes });
      await database.updateTable('custom_data').set({ record }).where('id', '=', row.id).execute();
      return { body: { data: show({ ...row, record }) } };
    }),
    endpoint('delete', `${collection}/:id`, 'custom_data:write', async (call) => {
      const { id } = await find(call, 'write');
      await database
        .updateTable('custom_data')
        .set({ deleted_at: new Date().toISOString() })
        .where('id', '=', id)
        .execute();
      return { status: 204 };
    }),
  ];
}

/** Kiket's command line writes filters as `filters[status]=open`, so that every value is text. */
function readTextFilters(query: Call['query']): [key: string, value: unknown][] {
  return Object.entries(query).flatMap(([name, value]) => {
    const key = /^filters\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value]];
  });
}

function show({ id, record }: { id: number; record: string }): Record<string, unknown> {
  return { ...(JSON.parse(record) as object), id };
}
