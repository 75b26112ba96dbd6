import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Database, Tables } from './database.ts';
import type { Platform } from './platform.ts';
import type { Answer } from './post.ts';
import { Refusal } from './refusal.ts';

/** A delivery to make. */
export interface Draft {
  event: string;
  content: Record<string, unknown>;
  projectId: number;
  timeoutMs: number;
  endpoint?: string | undefined;
}

/** One attempt at a delivery: what was sent and received. */
export type Attempt = Omit<Selectable<Tables['attempts']>, 'headers'> & { headers: Record<string, string> };

/** A delivery with all its attempts, newest last. */
export type Delivery = Omit<Selectable<Tables['deliveries']>, 'content'> & {
  content: Record<string, unknown>;
  attempts: Attempt[];
};

/** Adds a delivery to the log. Returns its id. Queued deliveries continue after a restart. */
export async function openDelivery(
  platform: Platform,
  draft: Draft,
  state: 'sending' | 'waiting' = 'sending',
): Promise<string> {
  const { event, content, projectId, timeoutMs, endpoint = '' } = draft;
  const id = `dlv_${randomUUID()}`;
  await platform.database
    .insertInto('deliveries')
    .values({
      id,
      event,
      url: new URL(endpoint, platform.callbackUrl()).href,
      content: JSON.stringify(content),
      project_id: projectId,
      timeout_ms: timeoutMs,
      state,
      next_attempt_at: null,
      tries: 0,
      created_at: platform.now().toISOString(),
    })
    .execute();
  platform.announce();
  return id;
}

/** Records the state of a delivery. */
export async function setState(platform: Platform, id: string, state: string, nextAttemptAt?: Date): Promise<void> {
  await platform.database
    .updateTable('deliveries')
    .set({ state, next_attempt_at: nextAttemptAt?.toISOString() ?? null })
    .where('id', '=', id)
    .execute();
  platform.announce(id);
}

/** Adds an attempt to the log. */
export async function noteAttempt(database: Database, made: Attempt): Promise<Attempt> {
  await database
    .insertInto('attempts')
    .values({ ...made, headers: JSON.stringify(made.headers) })
    .execute();
  return made;
}

/** Records that a delivery couldn't be sent, and gives up. */
export async function giveUp(platform: Platform, id: string, reason: string): Promise<void> {
  const { attempts, url } = await findDelivery(platform, id);
  const nothing = { headers: {}, body: '', status: null, answer: null, milliseconds: 0 };
  const number = (attempts.at(-1)?.number ?? 0) + 1;
  const error = `The sandbox couldn't send it: ${reason}`;
  const sentAt = new Date().toISOString();
  await noteAttempt(platform.database, { delivery_id: id, number, sent_at: sentAt, url, error, ...nothing });
  await setState(platform, id, 'failed');
}

/** Finds a delivery by its id, or throws a {@link Refusal}. */
export async function findDelivery({ database }: Platform, id: string): Promise<Delivery> {
  const rows = await database.selectFrom('deliveries').selectAll().where('id', '=', id).execute();
  const [delivery] = await withAttempts(database, rows);
  if (delivery === undefined) throw new Refusal(404, 'DELIVERY_NOT_FOUND', `Unknown delivery ${id}.`);
  return delivery;
}

/** The latest deliveries, newest first. Kiket shows the last 100. */
export async function listDeliveries({ database }: Platform): Promise<Delivery[]> {
  const rows = await database.selectFrom('deliveries').selectAll().orderBy('sequence', 'desc').limit(100).execute();
  return withAttempts(database, rows);
}

async function withAttempts(
  database: Database,
  rows: readonly Selectable<Tables['deliveries']>[],
): Promise<Delivery[]> {
  const ids = rows.map(({ id }) => id);
  const attempts = await database
    .selectFrom('attempts')
    .selectAll()
    .where('delivery_id', 'in', ids)
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    ...row,
    content: JSON.parse(row.content) as Record<string, unknown>,
    attempts: attempts
      .filter((each) => each.delivery_id === row.id)
      .map((each) => ({ ...each, headers: JSON.parse(each.headers) as Record<string, string> })),
  }));
}

/** Whether the extension accepted a delivery, with any 2xx. */
export function isDelivered({ status }: Pick<Answer, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}
