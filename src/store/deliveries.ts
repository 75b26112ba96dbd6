import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import type { Claim, Deliveries, DeliveryKeys } from './store.ts';

/**
 * How long a run may hold a delivery, in milliseconds: longer than any run lasts, shorter than the 30 seconds after
 * which Kiket delivers again, so that a run that died does not swallow the next delivery.
 */
export const leaseMs = 15_000;

/** Keeps seen deliveries in the database. */
export function createDeliveries(database: Database): Deliveries {
  return {
    claim: (delivery, now) => database.transaction().execute((transaction) => claim(transaction, delivery, now)),

    complete: async ({ id, owner }, answer) => {
      await database
        .updateTable('deliveries')
        .set({ answer })
        .where('id', '=', id)
        .where('owner', '=', owner)
        .execute();
    },

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

/** Claims a delivery inside the caller's transaction. Keys that only a repeat brings are not added: they are unsigned. */
export async function claim(transaction: Database, delivery: DeliveryKeys, now: Date): Promise<Claim> {
  const { organization, event, keys } = delivery;
  const owner = randomUUID();
  const leaseUntil = new Date(now.getTime() + leaseMs).toISOString();
  const seen = await transaction
    .selectFrom('delivery_keys')
    .innerJoin('deliveries', 'deliveries.id', 'delivery_keys.delivery_id')
    .select(['deliveries.id', 'deliveries.answer', 'deliveries.lease_until'])
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
    await transaction
      .insertInto('delivery_keys')
      .values(keys.map((key) => ({ organization, event, key, delivery_id: id })))
      .execute();
    return { state: 'claimed', id, owner };
  }
  if (seen.answer !== null) return { state: 'done', answer: seen.answer };
  if (seen.lease_until > now.toISOString()) return { state: 'in_progress' };
  await transaction
    .updateTable('deliveries')
    .set({ owner, lease_until: leaseUntil })
    .where('id', '=', seen.id)
    .execute();
  return { state: 'claimed', id: seen.id, owner };
}
