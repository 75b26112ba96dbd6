import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { WriteConflict } from './conflict.ts';
import type { DeliveryKeys, Steps } from './store.ts';

/** One part of what a delivery does. */
export interface NamedStep {
  delivery: DeliveryKeys;
  name: string;
  now: Date;
}

/** Keeps in the database what deliveries have done already. */
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
 * Does a step inside the caller's transaction, unless it was done: what it writes and the note about it come together or
 * not at all. Throws {@link WriteConflict} if another run does it at the same moment.
 *
 * @returns what the work returned, now or at its first time, as JSON brings it back
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
    // A signed id is a delivery's best key, and `id:` comes behind `body:`.
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

/** Returns whether nobody had noted the step under any of the keys. */
async function keep(transaction: Database, { delivery, name, now }: NamedStep, result: string): Promise<boolean> {
  const { organization, event } = delivery;
  // In one order everywhere, so that two runs never wait for each other.
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
