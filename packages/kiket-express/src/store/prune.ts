import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from './database.ts';

/** When to stop, and how much to do at once. */
export interface PruneOptions {
  signal?: AbortSignal | undefined;
  /** Rows deleted in one transaction, so that no delivery waits long for the lock. */
  batchRows?: number | undefined;
}

/** Deletes older rows, a few at a time, until told to stop. Returns how many were deleted. */
export async function prune(
  database: Database,
  olderThan: Date,
  { signal, batchRows = 500 }: PruneOptions = {},
): Promise<number> {
  const until = { database, signal, batchRows };
  const before = olderThan.toISOString();
  const approvals = await inBatches(until, 'approvals', (from) =>
    from.selectFrom('approvals').select('id').where('given_at', '<', before).limit(batchRows).execute(),
  );
  const decisions = await inBatches(until, 'decisions', (from) =>
    from.selectFrom('decisions').select('id').where('decided_at', '<', before).limit(batchRows).execute(),
  );
  const deliveries = await inBatches(until, 'deliveries', (from) =>
    from.selectFrom('deliveries').select('id').where('seen_at', '<', before).limit(batchRows).execute(),
  );
  const steps = await inBatches(until, 'steps', (from) =>
    from.selectFrom('steps').select('id').where('done_at', '<', before).limit(batchRows).execute(),
  );
  // Everything an approval needs was seen when it was given, or later: see `keepNames` and `keepPeople`. But names are
  // noted once a day, by clocks that differ.
  const longBefore = new Date(olderThan.getTime() - 2 * 24 * 60 * 60 * 1000).toISOString();
  const aliases = await inBatches(until, 'aliases', (from) =>
    from.selectFrom('aliases').select('id').where('seen_at', '<', longBefore).limit(batchRows).execute(),
  );
  const people = await inBatches(until, 'people', (from) =>
    from.selectFrom('people').select('id').where('seen_at', '<', longBefore).limit(batchRows).execute(),
  );
  return approvals + decisions + deliveries + steps + aliases + people;
}

/**
 * When the latest delivery that left a row was handled, on any instance; `undefined` if there is none. The clock agreed
 * with Kiket's signed time then, so this time is reliable.
 */
export async function findLatest(database: Database): Promise<Date | undefined> {
  const { fn } = database;
  const latest = await Promise.all([
    database.selectFrom('approvals').select(fn.max('given_at').as('at')).executeTakeFirst(),
    database.selectFrom('decisions').select(fn.max('decided_at').as('at')).executeTakeFirst(),
    database.selectFrom('deliveries').select(fn.max('seen_at').as('at')).executeTakeFirst(),
  ]);
  const times = latest.flatMap((row) => row?.at ?? []).toSorted();
  const last = times.at(-1);
  return last === undefined ? undefined : new Date(last);
}

async function inBatches(
  { database, signal, batchRows }: { database: Database; signal: AbortSignal | undefined; batchRows: number },
  table: 'aliases' | 'approvals' | 'decisions' | 'deliveries' | 'people' | 'steps',
  findOld: (from: Database) => Promise<readonly { id: string }[]>,
): Promise<number> {
  let total = 0;
  for (;;) {
    if (signal?.aborted) return total;
    const { found, gone } = await database.transaction().execute(async (transaction) => {
      const ids = (await findOld(transaction)).map(({ id }) => id);
      if (ids.length === 0) return { found: 0, gone: 0 };
      if (table === 'deliveries')
        await transaction.deleteFrom('delivery_keys').where('delivery_id', 'in', ids).execute();
      const { numDeletedRows } = await transaction.deleteFrom(table).where('id', 'in', ids).executeTakeFirst();
      return { found: ids.length, gone: Number(numDeletedRows) };
    });
    total += gone;
    if (found < batchRows) return total;
    // SQLite never yields, so let deliveries run in between.
    await nextTurn();
  }
}
