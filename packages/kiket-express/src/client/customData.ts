import { parseShape } from './answer.ts';
import { apiPath } from './apiPath.ts';
import type { KiketClient } from './client.ts';
import { getShape } from './getShape.ts';
import { requestOf, type WriteOptions } from './issues.ts';
import {
  customDataListSchema,
  customDataRecordSchema,
  type CustomDataList,
  type CustomDataRecord,
} from '../schemas.ts';

/** Filters of a list. */
export interface CustomDataListOptions {
  limit?: number;
  filters?: Record<string, unknown>;
}

/** Rows of a module's tables, in one project: scopes `custom_data:read` and `custom_data:write`. */
export interface CustomDataClient {
  list(moduleKey: string, table: string, options?: CustomDataListOptions): Promise<CustomDataList>;
  get(moduleKey: string, table: string, recordId: string | number): Promise<CustomDataRecord>;
  create(
    moduleKey: string,
    table: string,
    record: Record<string, unknown>,
    options?: WriteOptions,
  ): Promise<CustomDataRecord>;
  update(
    moduleKey: string,
    table: string,
    recordId: string | number,
    record: Record<string, unknown>,
  ): Promise<CustomDataRecord>;
  delete(moduleKey: string, table: string, recordId: string | number): Promise<void>;
}

/** Calls `/api/v1/ext/custom_data` for one project. */
export function createCustomDataClient(client: KiketClient, projectId: string | number): CustomDataClient {
  const params = { project_id: String(projectId) };
  const rows = (moduleKey: string, table: string) => apiPath`/api/v1/ext/custom_data/${moduleKey}/${table}`;
  const row = (moduleKey: string, table: string, id: string | number) => rows(moduleKey, table) + apiPath`/${id}`;
  return {
    list: async (moduleKey, table, { limit, filters } = {}) =>
      getShape(client, customDataListSchema, rows(moduleKey, table), {
        ...params,
        limit,
        filters: filters && JSON.stringify(filters),
      }),
    get: async (moduleKey, table, id) => getShape(client, customDataRecordSchema, row(moduleKey, table, id), params),
    create: async (moduleKey, table, record, options) => {
      const path = rows(moduleKey, table);
      const answer = await client.post(path, { record }, { ...requestOf(options), params });
      return parseShape(customDataRecordSchema, answer, path);
    },
    update: async (moduleKey, table, id, record) => {
      const path = row(moduleKey, table, id);
      return parseShape(customDataRecordSchema, await client.patch(path, { record }, { params }), path);
    },
    delete: async (moduleKey, table, id) => {
      await client.delete(row(moduleKey, table, id), { params });
    },
  };
}
