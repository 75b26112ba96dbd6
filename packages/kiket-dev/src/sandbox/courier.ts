import { randomUUID } from 'node:crypto';
import { findDelivery, isDelivered, noteAttempt, setState, type Attempt, type Delivery } from './deliveryLog.ts';
import { noFaults, type Faults } from './faults.ts';
import type { Platform } from './platform.ts';
import { post } from './post.ts';
import { signatureHeaders } from './signing.ts';

/** The parts of an attempt. */
export interface Signed {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Sends a delivery again and records the result. Every attempt has its own token, signature and invocation; the
 * delivery's id and the rest of the body stay the same. An event has a signed id, which identifies repeats. Must be
 * called in the delivery's turn, because attempts are counted.
 */
export async function attempt(platform: Platform, id: string): Promise<Attempt> {
  const { database, faults, now } = platform;
  const delivery = await findDelivery(platform, id);
  const { attempts, timeout_ms: timeoutMs } = delivery;
  const signed = await sign(platform, delivery, { faults: faults.current(), now: now() });
  const sentAt = new Date().toISOString();
  const answer = await post({ ...signed, timeoutMs }, faults);
  const number = (attempts.at(-1)?.number ?? 0) + 1;
  return noteAttempt(database, { delivery_id: id, number, sent_at: sentAt, ...signed, ...answer });
}

/** Sends a delivery once, for a caller that waits for the answer. */
export async function send(platform: Platform, id: string): Promise<Attempt> {
  return platform.inTurn(id, async () => {
    const made = await attempt(platform, id);
    await setState(platform, id, isDelivered(made) ? 'delivered' : 'failed');
    return made;
  });
}

/** Creates an attempt without sending it. By default it's a correct one, whatever faults are on. */
export async function sign(
  platform: Platform,
  {
    id,
    event,
    content,
    project_id: projectId,
    url: loggedUrl,
  }: Pick<Delivery, 'id' | 'event' | 'content' | 'project_id' | 'url'>,
  { faults = noFaults, now = new Date() }: { faults?: Faults; now?: Date } = {},
): Promise<Signed> {
  const { signature, wrong_secret: isSecretWrong, ...token } = faults;
  const organizationId = await organizationOf(platform, projectId);
  const place = { organizationId, projectId };
  const body = JSON.stringify({ ...content, ...(await freshBlocks(platform, place, { ...token, now })) });
  const secret = isSecretWrong ? `not ${platform.secret}` : platform.secret;
  // The extension may have moved: only the path is the delivery's.
  const { pathname, search } = new URL(loggedUrl);
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Kiket-Sandbox',
    // The guide has no event for an action call.
    ...(content['event'] === undefined ? {} : { 'X-Kiket-Event': event }),
    'X-Kiket-Event-Version': platform.extension.apiVersion,
    'X-Kiket-Delivery': id,
    'X-Kiket-Invocation': `inv_${randomUUID()}`,
    'X-Kiket-Organization': String(organizationId),
    'X-Kiket-Project': String(projectId),
    ...signatureHeaders(body, { secret, variant: signature, now }),
  };
  return { url: new URL(pathname + search, platform.callbackUrl()).href, headers, body };
}

async function organizationOf({ database }: Platform, projectId: number): Promise<number> {
  const query = database.selectFrom('projects').select('organization_id').where('id', '=', projectId);
  return (await query.executeTakeFirstOrThrow()).organization_id;
}

/** The parts of a body that belong to one attempt: the token and the current secrets. */
async function freshBlocks(
  { database, extension, tokens, scopes, baseUrl }: Platform,
  place: { organizationId: number; projectId: number },
  { now, ...options }: Parameters<Platform['tokens']['mint']>[1] & { now: Date },
): Promise<Record<string, unknown>> {
  const rows = await database.selectFrom('secrets').select(['key', 'value']).execute();
  const secrets = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  return {
    authentication: await tokens.mint({ ...place, scopes }, options, now),
    api: { base_url: baseUrl(), runtime_header: 'X-Kiket-Runtime-Token' },
    secrets,
    secret_status: { missing: extension.secretKeys.filter((key) => !Object.hasOwn(secrets, key)) },
  };
}
