import dotenv from 'dotenv';
import { readDotenv, runJob, type Job } from 'kiket-express';
import { KiketError } from 'kiket-express/client';
import { fileURLToPath } from 'node:url';
import extension from './extension.ts';
import type { DecisionRow } from './listeners/decisionRows.ts';

/**
 * Writes the rows that deliveries couldn't write because they brought no token, or because Kiket was down for too long.
 * Existing rows stay as they are. Returns how many were written.
 */
export async function backfill({ earlierSteps, extensionId, kiket, log }: Omit<Job, 'close'>): Promise<number> {
  let written = 0;
  for (const { result, step } of await earlierSteps('history')) {
    for (const row of result as DecisionRow[]) {
      const write = async (idempotencyKey: string) => {
        const table = kiket.customData(row.project_id);
        await table.create(`${extensionId}.decisions`, 'decisions', { ...row }, { idempotencyKey });
        written += 1;
      };
      try {
        // The same step as the listener's, so that neither repeats what the other has done.
        // oxlint-disable-next-line no-await-in-loop -- one call after the other
        await step(`row ${row.invocation_id}`, write);
      } catch (error) {
        if (!(error instanceof KiketError) || error.code !== 'kiket_refused') throw error;
        log.warn({ row: row.invocation_id, err: error }, 'Kiket refused a row');
      }
    }
  }
  return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readEnv = () => readDotenv('.env', dotenv.parse);
  await runJob({ root: new URL('..', import.meta.url), extension }, readEnv, async (job) => {
    process.stdout.write(`Rows written: ${await backfill(job)}.\n`);
  });
}
