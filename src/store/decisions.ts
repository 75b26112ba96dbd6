import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from './database.ts';
import { claim } from './deliveries.ts';
import { inProject, issueColumns } from './place.ts';
import type { Decisions, RecordedDecision } from './store.ts';

/** How many decisions may wait to be written. More are dropped and reported: they are statistics, not approvals. */
const waitingLimit = 10_000;

/** Decisions that go in one transaction, so that no delivery waits long for it. */
const batchSize = 100;

/** How often a batch is tried: two instances may write the same delivery at the same moment. */
const writeAttempts = 3;

/** What the recorder tells its owner. */
export interface RecorderEvents {
  /** A recorded delivery had been recorded before. */
  onRepeat: () => void;
  /** Decisions could not be written, or `dropped` of them did not fit. */
  onTrouble: (error: unknown, dropped: number) => void;
}

/**
 * Keeps decisions in the database. Writing happens behind the answers, many in one transaction, so that a guard that
 * needs no store never waits for one.
 */
export function createDecisions(
  database: Database,
  { onRepeat, onTrouble }: RecorderEvents,
): Decisions & { flush: () => Promise<void> } {
  let waiting: RecordedDecision[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize);
      try {
        const repeats = await writeBatch(batch);
        for (let count = 0; count < repeats; count += 1) onRepeat();
        await nextTurn();
      } catch (error) {
        const kept = [...batch, ...waiting].slice(-waitingLimit);
        onTrouble(error, batch.length + waiting.length - kept.length);
        waiting = kept;
        return;
      }
    }
  }

  /** Writes decisions in one transaction. Returns how many had been recorded before. */
  async function writeBatch(batch: readonly RecordedDecision[]): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await database.transaction().execute(async (transaction) => {
          let repeats = 0;
          for (const decision of batch) {
            if (!(await insert(transaction, decision))) repeats += 1;
          }
          return repeats;
        });
      } catch (error) {
        if (attempt === writeAttempts) throw error;
      }
    }
  }

  /** Returns whether the decision is new. */
  async function insert(transaction: Database, decision: RecordedDecision): Promise<boolean> {
    const { issue, event, keys, decidedAt } = decision;
    if (keys.length > 0) {
      const { organization } = issue;
      const claimed = await claim(transaction, { organization, event, keys }, decidedAt);
      if (claimed.state !== 'claimed') return false;
      await transaction.updateTable('deliveries').set({ answer: '' }).where('id', '=', claimed.id).execute();
    }
    await transaction
      .insertInto('decisions')
      .values({
        id: randomUUID(),
        ...issueColumns(issue),
        status: decision.status,
        failure: decision.failure ?? null,
        from_status: decision.from ?? null,
        to_status: decision.to,
        decided_at: decidedAt.toISOString(),
      })
      .execute();
    return true;
  }

  function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    record: (decision) => {
      if (waiting.length >= waitingLimit) return onTrouble(undefined, 1);
      waiting.push(decision);
      setImmediate(() => void flush());
    },

    count: async (project, since) => {
      await flush();
      const rows = await database
        .selectFrom('decisions')
        .select(({ fn }) => ['status', fn.countAll().as('count')])
        .where((eb) => inProject(eb, project))
        .where('decided_at', '>=', since.toISOString())
        .groupBy('status')
        .execute();
      const counts = { allow: 0, pending: 0, deny: 0 };
      for (const { status, count } of rows) counts[status as keyof typeof counts] = Number(count);
      return counts;
    },

    flush,
  };
}
