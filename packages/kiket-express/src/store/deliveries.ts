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
