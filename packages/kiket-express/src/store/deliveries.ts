import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { WriteConflict, retryConflicts } from './conflict.ts';
import type { Claim, Deliveries, DeliveryKeys } from './store.ts';

/**
 * How long a run may hold a delivery, in milliseconds: longer than a run is waited for, shorter than the 30 seconds after
 * which Kiket delivers again, so that a run that died does not swallow the next delivery. A run that goes on for longer
 * may meet its own redelivery; what both change in the store is changed once all the same.
 */
export const leaseMs = 15_000;

/** Keeps seen deliveries in the database. */
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

/** Claims a delivery inside the caller's transaction, or throws {@link WriteConflict}. Keys that only a repeat brings are not added: what it shares with the first one recognizes the next one, too. */
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
    // In one order everywhere, so that two claims never wait for each other.
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
