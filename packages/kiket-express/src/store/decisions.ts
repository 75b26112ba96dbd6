import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Database } from './database.ts';
import { claim } from './deliveries.ts';
import { findWaiting, useDecisions } from './history.ts';
import { findNames } from './names.ts';
import { learnPerson } from './people.ts';
import { inProject, issueColumns } from './place.ts';
import { retryConflicts } from './conflict.ts';
import { shortenReasons } from './reasons.ts';
import type { Decisions, RecordedDecision } from './store.ts';

/** How many decisions can wait to be written. More are dropped and reported, because they're only statistics. */
const waitingLimit = 10_000;

/** How long to wait before a failed write is retried, in milliseconds. */
const retryMs = 5_000;

/**
 * How long a reader waits for writing, in milliseconds. After an outage, thousands of decisions may wait; what is read then
 * lacks the latest.
 */
const readAfterMs = 1_000;

/** The recorder's callbacks. */
export interface RecorderEvents {
  /** A delivery was recorded before. */
  onRepeat: () => void;
  /** Decisions couldn't be written, or `dropped` of them didn't fit. */
  onTrouble: (error: unknown, dropped: number) => void;
}

/**
 * Stores decisions in the database. They're written in the background, so that guards that need no store never wait for
 * one, and at most `batchRows` per transaction, so that no delivery waits long.
 */
export function createDecisions(
  database: Database,
  { onRepeat, onTrouble }: RecorderEvents,
  batchRows = 100,
): Decisions & { settle: () => Promise<void>; close: () => Promise<void> } {
  let waiting: RecordedDecision[] = [];
  let writing: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    clearTimeout(retry);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchRows);
      try {
        await writeBatch(batch);
        await nextTurn();
      } catch (error) {
        const kept = [...batch, ...waiting].slice(-waitingLimit);
        onTrouble(error, batch.length + waiting.length - kept.length);
        waiting = kept;
        retry = setTimeout(() => void flush(), retryMs).unref();
        return;
      }
    }
  }

  /** Writes decisions in one transaction. If one of them is invalid, writes them one by one and skips it. */
  async function writeBatch(batch: readonly RecordedDecision[]): Promise<void> {
    try {
      await insertAll(batch);
    } catch (error) {
      if (!isBadData(error)) throw error;
      if (batch.length === 1) return onTrouble(error, 1);
      for (const decision of batch) await writeBatch([decision]);
    }
  }

  async function insertAll(batch: readonly RecordedDecision[]): Promise<void> {
    const repeats = await retryConflicts(() =>
      database.transaction().execute(async (transaction) => {
        let count = 0;
        for (const decision of batch) {
          if (!(await insert(transaction, decision))) count += 1;
        }
        return count;
      }),
    );
    for (let count = 0; count < repeats; count += 1) onRepeat();
    await learnMovers(batch).catch(() => {
      // What can't be stored is learned from the next body.
    });
  }

  /** Guards that count no approvals haven't learned these. With a failure, a delivery may be too old to learn from. */
  async function learnMovers(batch: readonly RecordedDecision[]): Promise<void> {
    for (const { failure, mover = [], decidedAt } of batch) {
      if (failure === undefined) await learnPerson(database, { person: mover, now: decidedAt });
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
        reasons: JSON.stringify(decision.reasons),
        mover: JSON.stringify(decision.mover ?? []),
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

  const flushBriefly = () => Promise.race([flush(), wait(readAfterMs, undefined, { ref: false })]);

  return {
    record: (decision) => {
      if (waiting.length >= waitingLimit) return onTrouble(undefined, 1);
      // Only the issue's names, because its fields can be large.
      const { organization, projectId, projectKey, id, key } = decision.issue;
      const reasons = shortenReasons(decision.reasons);
      waiting.push({ ...decision, reasons, issue: { organization, projectId, projectKey, id, key } });
      setImmediate(() => void flush());
    },

    count: async (project, since) => {
      await flushBriefly();
      const known = await findNames(database, project);
      const rows = await database
        .selectFrom('decisions')
        .select(({ fn }) => ['status', fn.countAll().as('count')])
        .where((eb) => inProject(eb, known))
        .where('decided_at', '>=', since.toISOString())
        .groupBy('status')
        .execute();
      const counts = { allow: 0, pending: 0, deny: 0 };
      for (const { status, count } of rows) counts[status as keyof typeof counts] = Number(count);
      return counts;
    },

    waiting: async (issue, since) => {
      await flushBriefly();
      return findWaiting(database, issue, since);
    },

    use: (issue, decidedUntil, now, delivery) => useDecisions(database, issue, { decidedUntil, now, delivery }),

    settle: flush,

    close: async () => {
      await flush();
      // What can't be written now is lost.
      clearTimeout(retry);
      waiting = [];
    },
  };
}

/** Whether PostgreSQL rejects the values (SQLSTATE class 22 or 23). SQLite accepts any text. */
function isBadData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]\w{3}$/.test(String(error.code));
}
