import type { Platform } from './platform.ts';

/** What the extension has written, oldest first. */
export interface Records {
  custom_data: { id: number; project_id: number; module: string; table: string; record: unknown }[];
  events: unknown[];
  telemetry: unknown[];
}

/** Reads everything that the extension has written, except deleted rows. */
export async function readRecords({ database }: Platform): Promise<Records> {
  const rows = await database
    .selectFrom('custom_data')
    .select(['id', 'project_id', 'module', 'table_name as table', 'record'])
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute();
  const reports = await database.selectFrom('reports').select(['kind', 'record']).orderBy('id').execute();
  const ofKind = (kind: string) =>
    reports.filter((each) => each.kind === kind).map(({ record }) => JSON.parse(record) as unknown);
  return {
    custom_data: rows.map((row) => ({ ...row, record: JSON.parse(row.record) as unknown })),
    events: ofKind('event'),
    telemetry: ofKind('telemetry'),
  };
}
