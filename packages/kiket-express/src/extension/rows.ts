import { KiketError } from '../client/kiketError.ts';
import type { HandlerContext } from './extension.ts';

/** A row of a table of custom data. */
export interface Row {
  /** The module's key, such as `com.example.guardian.decisions`. */
  module: string;
  table: string;
  projectId: string | number;
  /** Identifies the row within the delivery. */
  name: string;
  record: Readonly<Record<string, unknown>>;
}

/**
 * Writes a row, once for all repeats of a delivery. If Kiket refuses it as a duplicate or invalid, it's logged, and
 * other rows are still written. Throws a `KiketError` for anything else.
 */
export type WriteRow = (row: Row) => Promise<void>;

/** Creates {@link WriteRow} for one delivery. */
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

/** Whether Kiket refuses this row (a duplicate id, or invalid), and not the call itself. */
function isAboutRow(error: unknown): boolean {
  return error instanceof KiketError && (error.status === 409 || error.status === 422);
}
