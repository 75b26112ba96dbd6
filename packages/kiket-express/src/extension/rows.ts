import { KiketError } from '../client/kiketError.ts';
import type { HandlerContext } from './extension.ts';

/** A row of a table of custom data. */
export interface Row {
  /** The module's key, such as `com.example.guardian.decisions`. */
  module: string;
  table: string;
  projectId: string | number;
  /** Tells this row from others of the delivery. */
  name: string;
  record: Readonly<Record<string, unknown>>;
}

/**
 * Writes a row, once for all repeats of a delivery. One that Kiket does not take, because it has it already or finds it
 * invalid, is named in the log, and keeps no other from being written. Throws a `KiketError` for anything else.
 */
export type WriteRow = (row: Row) => Promise<void>;

/** Makes {@link WriteRow} for one delivery. */
export function rowWriter({ endpoints, step, log }: Pick<HandlerContext, 'endpoints' | 'step' | 'log'>): WriteRow {
  return async ({ module, table, projectId, name, record }) => {
    try {
      await step(`row ${name}`, async (idempotencyKey) => {
        await endpoints.customData(projectId).create(module, table, { ...record }, { idempotencyKey });
      });
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      log.warn({ row: name, err: error }, 'Kiket refused a row');
    }
  };
}

/** Whether it is this row that Kiket refuses (it has one with that id, or finds it invalid), and not the call as such. */
function isAboutRow(error: unknown): boolean {
  return error instanceof KiketError && (error.status === 409 || error.status === 422);
}
