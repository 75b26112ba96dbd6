import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { WriteConflict, retryConflicts } from './conflict.ts';
import type { Claim, Deliveries, DeliveryKeys } from './store.ts';

/**
 * How long a run can hold a delivery, in milliseconds: longer than anyone waits for a run, but shorter than the 30
 * seconds until Kiket delivers again, so that a dead run doesn't block the next delivery. A longer run can overlap with
 * its own redelivery; changes to the store still take effect once.
 */
export const leaseMs = 15_000;

/** One step of a delivery. */
interface NamedStep {
  delivery: DeliveryKeys;
  name: string;
  now: Date;
}

/** Stores seen deliveries in the database. */
export function createDeliveries(database: Database): Deliveries {
  return {
    claim: (delivery, now) =>
      retryConflicts(() => database.transaction().execute((transaction) => claim(transaction, delivery, now))),

    complete: ({ id, owner }, answer) =>
      database.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('deliveries')
          .set({ answer })
          .where('id', '=', id)
          .where('owner', '=', owner)
          .execute();
      }),

    release: ({ id, owner }) =>
      database.transaction().execute(async (transaction) => {
        const deleted = await transaction
          .deleteFrom('deliveries')
          .where('id', '=', id)
          .where('owner', '=', owner)
          .executeTakeFirst();
        if (deleted.numDeletedRows === 0n) return;
        await transaction.deleteFrom('delivery_keys').where('delivery_id', '=', id).execute();
      }),

    findStep: (delivery, name) => findStep(database, delivery, name),

    keepStep: async (delivery, name, result, now) => {
      await database.transaction().execute((transaction) => keepStep(transaction, { delivery, name, now }, result));
    },

    listSteps: (name) => listSteps(database, name),
  };
}

/**
 * Claims a delivery inside the caller's transaction, or throws {@link WriteConflict}. Keys that only a repeat has
 * aren't added: those it shares with the first delivery also identify the next one.
 */
export async function claim(transaction: Database, delivery: DeliveryKeys, now: Date): Promise<Claim> {
  const { organization, event, keys } = delivery;
  const owner = randomUUID();
  const leaseUntil = new Date(now.getTime() + leaseMs).toISOString();
  const seen = await transaction
    .selectFrom('delivery_keys')
    .innerJoin('deliveries', 'deliveries.id', 'delivery_keys.delivery_id')
    .select(['deliveries.id', 'deliveries.owner', 'deliveries.answer', 'deliveries.lease_until'])
    .where('organization', '=', organization)
    .where('event', '=', event)
    .where('key', 'in', [...keys])
    .orderBy('seen_at')
    .executeTakeFirst();

  if (seen === undefined) {
    const id = randomUUID();
    await transaction
      .insertInto('deliveries')
      .values({ id, owner, lease_until: leaseUntil, seen_at: now.toISOString() })
      .execute();
    // Always in the same order, so that two claims never deadlock.
    const rows = keys.toSorted().map((key) => ({ organization, event, key, delivery_id: id }));
    const inserted = await transaction
      .insertInto('delivery_keys')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== BigInt(rows.length)) throw new WriteConflict();
    return { state: 'claimed', id, owner };
  }
  if (seen.answer !== null) return { state: 'done', answer: seen.answer };
  if (seen.lease_until > now.toISOString()) return { state: 'in_progress' };
  const taken = await transaction
    .updateTable('deliveries')
    .set({ owner, lease_until: leaseUntil })
    .where('id', '=', seen.id)
    .where('owner', '=', seen.owner)
    .executeTakeFirst();
  if (taken.numUpdatedRows === 0n) return { state: 'in_progress' };
  return { state: 'claimed', id: seen.id, owner };
}

/**
 * Changes the store in one transaction, with a step of the delivery, if there is one: its writes and the record of it are
 * committed together, so that they take effect once.
 *
 * @returns what the work returned, now or the first time, after a round trip through JSON
 */
export function changeOnce<Result>(
  database: Database,
  { delivery, name, now }: Omit<NamedStep, 'delivery'> & { delivery: DeliveryKeys | undefined },
  work: (transaction: Database) => Promise<Result>,
): Promise<Result> {
  return retryConflicts(() =>
    database.transaction().execute(async (transaction) => {
      if (delivery === undefined || delivery.keys.length === 0) return work(transaction);
      const done = await findStep(transaction, delivery, name);
      if (done !== undefined) return JSON.parse(done) as Result;
      const result = await work(transaction);
      // Another run did it at the same moment.
      if (!(await keepStep(transaction, { delivery, name, now }, JSON.stringify(result)))) throw new WriteConflict();
      return result;
    }),
  );
}

async function findStep(database: Database, { organization, event, keys }: DeliveryKeys, name: string) {
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

async function listSteps(database: Database, name: string) {
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
async function keepStep(transaction: Database, { delivery, name, now }: NamedStep, result: string): Promise<boolean> {
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
