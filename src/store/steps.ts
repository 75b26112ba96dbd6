import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import type { Steps } from './store.ts';

/** Keeps in the database what deliveries have done already. */
export function createSteps(database: Database): Steps {
  return {
    find: async ({ organization, event, keys }, name) => {
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
    },

    keep: ({ organization, event, keys }, name, result, now) =>
      database.transaction().execute(async (transaction) => {
        const row = { organization, event, name, result, done_at: now.toISOString() };
        await transaction
          .insertInto('steps')
          .values(keys.map((key) => ({ ...row, id: randomUUID(), key })))
          .execute();
      }),
  };
}
