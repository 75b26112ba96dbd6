import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { WriteConflict } from './conflict.ts';
import type { DeliveryKeys, Steps } from './store.ts';

/** One step of a delivery. */
export interface NamedStep {
  delivery: DeliveryKeys;
  name: string;
  now: Date;
}

/** Stores in the database which steps deliveries have completed. */
export function createSteps(database: Database): Steps {
  return {
    find: (delivery, name) => find(database, delivery, name),
    keep: async (delivery, name, result, now) => {
      await database.transaction().execute((transaction) => keep(transaction, { delivery, name, now }, result));
    },
    list: (name) => list(database, name),
  };
}

/**
 * Runs a step inside the caller's transaction, unless it was completed: its writes and the record of it are committed
 * together. Throws {@link WriteConflict} if another run does it at the same moment.
 *
 * @returns what the work returned, now or the first time, after a round trip through JSON
 */
export async function doOnce<Result>(
  transaction: Database,
  step: NamedStep,
  work: () => Promise<Result>,
): Promise<Result> {
  const done = await find(transaction, step.delivery, step.name);
  if (done !== undefined) return JSON.parse(done) as Result;
  const result = await work();
  if (!(await keep(transaction, step, JSON.stringify(result)))) throw new WriteConflict();
  return result;
}

async function find(database: Database, { organization, event, keys }: DeliveryKeys, name: string) {
  const row = await database
    .selectFrom('steps')
    .select('result')
    .where('organization', '=', organization)
    .where('event', '=', event)
    .where('name', '=', name)
    .where('key', 'in', [...keys])
    .orderBy('done_at')
    .executeTakeFirst();
  return row?.result;
}

async function list(database: Database, name: string) {
  const rows = await database
    .selectFrom('steps')
    .select(['organization', 'event', 'key', 'result', 'done_at'])
    .where('name', '=', name)
    // A signed id is a delivery's best key, and `id:` sorts after `body:`.
    .orderBy('done_at')
    .orderBy('key', 'desc')
    .execute();
  const deliveries = new Map<string, { delivery: DeliveryKeys & { keys: string[] }; result: string }>();
  for (const { organization, event, key, result, done_at: doneAt } of rows) {
    const id = JSON.stringify([organization, event, result, doneAt]);
    const found = deliveries.get(id);
    if (found === undefined) deliveries.set(id, { delivery: { organization, event, keys: [key] }, result });
    else found.delivery.keys.push(key);
  }
  return [...deliveries.values()];
}

/** Returns whether the step wasn't recorded under any of the keys. */
async function keep(transaction: Database, { delivery, name, now }: NamedStep, result: string): Promise<boolean> {
  const { organization, event } = delivery;
  // Always in the same order, so that two runs never deadlock.
  const rows = delivery.keys
    .toSorted()
    .map((key) => ({ id: randomUUID(), organization, event, key, name, result, done_at: now.toISOString() }));
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('steps')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === BigInt(rows.length);
}
