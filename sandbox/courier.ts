import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Tables } from './database.ts';
import type { Platform } from './platform.ts';
import { post, type Answer } from './post.ts';
import { Refusal } from './refusal.ts';
import { signatureHeaders } from './signing.ts';
import { installation } from './seed.ts';

/** A delivery that is to be made. */
export interface Draft {
  event: string;
  content: Record<string, unknown>;
  projectId: number;
  timeoutMs: number;
  endpoint?: string | undefined;
}

/** One try to make a delivery: what was sent and what came back. */
export type Attempt = Omit<Selectable<Tables['attempts']>, 'headers'> & { headers: Record<string, string> };

/** A delivery with all its attempts, the newest last. */
export type Delivery = Omit<Selectable<Tables['deliveries']>, 'content'> & {
  content: Record<string, unknown>;
  attempts: Attempt[];
};

/** Makes a delivery's entry in the log. Returns its id. One that is queued is taken up again after a restart. */
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
      created_at: platform.now().toISOString(),
    })
    .execute();
  return id;
}

/**
 * Sends a delivery once more and notes how that went. Every attempt has a token, a signature and an invocation of its
 * own; the delivery's id and what the body says stay the same, and by these a repeat is known.
 */
export async function attempt(platform: Platform, id: string): Promise<Attempt> {
  const { database, faults } = platform;
  const { attempts, timeout_ms: timeoutMs, url: loggedUrl } = await findDelivery(platform, id);
  // The extension may listen elsewhere since: only the path is the delivery's.
  const { pathname, search } = new URL(loggedUrl);
  const url = new URL(pathname + search, platform.callbackUrl()).href;
  const { headers, body } = await prepare(platform, id);
  const sentAt = new Date().toISOString();
  const answer = await post({ url, headers, body, timeoutMs }, faults);
  const made = { delivery_id: id, number: (attempts.at(-1)?.number ?? 0) + 1, sent_at: sentAt, url, headers, body };
  await database
    .insertInto('attempts')
    .values({ ...made, headers: JSON.stringify(headers), ...answer })
    .execute();
  return { ...made, ...answer };
}

/** Sends a delivery once, for whoever waits for the answer. */
export async function send(platform: Platform, id: string): Promise<Attempt> {
  const made = await attempt(platform, id);
  await setState(platform, id, isDelivered(made) ? 'delivered' : 'failed');
  return made;
}

/** The headers and the body that an attempt sent now would have. */
export async function prepare(
  platform: Platform,
  id: string,
): Promise<{ headers: Record<string, string>; body: string }> {
  const { extension, faults } = platform;
  const { event, content, project_id: projectId } = await findDelivery(platform, id);
  const { signature, wrong_secret: isSecretWrong, ...token } = faults.current();
  const now = platform.now();
  const body = JSON.stringify({ ...content, ...(await freshBlocks(platform, projectId, { ...token, now })) });
  const secret = isSecretWrong ? `not ${platform.secret}` : platform.secret;
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Kiket-Sandbox',
    // The guide names no event for an action call.
    ...(content['event'] === undefined ? {} : { 'X-Kiket-Event': event }),
    'X-Kiket-Event-Version': extension.apiVersion,
    'X-Kiket-Delivery': id,
    'X-Kiket-Invocation': `inv_${randomUUID()}`,
    'X-Kiket-Organization': String(installation.organizationId),
    'X-Kiket-Project': String(projectId),
    ...signatureHeaders(body, { secret, variant: signature, now }),
  };
  return { headers, body };
}

/** The parts of a body that belong to one attempt: the token, and the secrets as they are now. */
async function freshBlocks(
  { database, extension, tokens, scopes, baseUrl }: Platform,
  projectId: number,
  { now, ...options }: Parameters<Platform['tokens']['mint']>[1] & { now: Date },
): Promise<Record<string, unknown>> {
  const rows = await database.selectFrom('secrets').select(['key', 'value']).execute();
  const secrets = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  return {
    authentication: await tokens.mint({ projectId, scopes }, options, now),
    api: { base_url: baseUrl(), runtime_header: 'X-Kiket-Runtime-Token' },
    secrets,
    secret_status: { missing: extension.secretKeys.filter((key) => !Object.hasOwn(secrets, key)) },
  };
}

/** Notes what becomes of a delivery. */
export async function setState(platform: Platform, id: string, state: string, nextAttemptAt?: Date): Promise<void> {
  await platform.database
    .updateTable('deliveries')
    .set({ state, next_attempt_at: nextAttemptAt?.toISOString() ?? null })
    .where('id', '=', id)
    .execute();
  platform.announce({ type: 'delivery', id });
}

/** Finds a delivery by its id, or throws a {@link Refusal}. */
export async function findDelivery({ database }: Platform, id: string): Promise<Delivery> {
  const row = await database.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new Refusal(404, 'DELIVERY_NOT_FOUND', `There is no delivery ${id}.`);
  const attempts = await database
    .selectFrom('attempts')
    .selectAll()
    .where('delivery_id', '=', id)
    .orderBy('number')
    .execute();
  return {
    ...row,
    content: JSON.parse(row.content) as Record<string, unknown>,
    attempts: attempts.map((each) => ({ ...each, headers: JSON.parse(each.headers) as Record<string, string> })),
  };
}

/** The latest deliveries, the newest first. Kiket shows the last 100. */
export async function listDeliveries(platform: Platform): Promise<Delivery[]> {
  const rows = await platform.database
    .selectFrom('deliveries')
    .select('id')
    .orderBy('created_at', 'desc')
    .orderBy('rowid' as 'id', 'desc')
    .limit(100)
    .execute();
  return Promise.all(rows.map(({ id }) => findDelivery(platform, id)));
}

/** Whether the extension took a delivery: with any 2xx. */
export function isDelivered({ status }: Pick<Answer, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}
