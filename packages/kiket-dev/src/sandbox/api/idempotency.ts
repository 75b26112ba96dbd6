import { isDeepStrictEqual } from 'node:util';
import type { Platform } from '../platform.ts';
import { Refusal } from '../refusal.ts';
import type { Reply } from './endpoint.ts';

/** The parts of a write that have to be the same in a repeat. */
export interface Write {
  caller: string;
  method: string;
  path: string;
  body: unknown;
}

/**
 * Makes repeated writes with the same `Idempotency-Key` take effect once: runs the write, or returns its earlier
 * answer. Only successes are stored. Throws a {@link Refusal} if the key belongs to another write.
 */
export async function once(
  { database, inTurn }: Pick<Platform, 'database' | 'inTurn'>,
  key: string | undefined,
  write: Write,
  handle: () => Promise<Reply>,
): Promise<Reply & { repeated: boolean }> {
  if (key === undefined || write.method === 'GET') return { ...(await handle()), repeated: false };
  const name = `${write.caller} ${key}`;
  return inTurn(`write ${name}`, async () => {
    const seen = await database
      .selectFrom('idempotent_writes')
      .select(['write', 'reply'])
      .where('name', '=', name)
      .executeTakeFirst();
    if (seen !== undefined) return repeat(seen, write);
    const reply = await handle();
    const row = { name, write: JSON.stringify(write), reply: JSON.stringify(reply) };
    await database.insertInto('idempotent_writes').values(row).execute();
    return { ...reply, repeated: false };
  });
}

function repeat(seen: { write: string; reply: string }, write: Write): Reply & { repeated: boolean } {
  // Compared as JSON, without `undefined`.
  const isSame = isDeepStrictEqual(JSON.parse(seen.write), JSON.parse(JSON.stringify(write)));
  if (isSame) return { ...(JSON.parse(seen.reply) as Reply), repeated: true };
  throw new Refusal(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another write.');
}
