import { hash } from 'node:crypto';
import { untilAborted } from '../deadline.ts';
import type { Delivery } from '../delivery.ts';
import { problems } from '../errors.ts';
import type { Answer } from './decision.ts';
import type { Claim, Deliveries, DeliveryKeys } from '../store/store.ts';

/** The bytes of a delivery, and the timestamp if the signature covers it. */
export interface SignedBytes {
  body: Buffer;
  signedTimestamp: string | undefined;
}

/**
 * The keys that identify a redelivery. All of them are signed; unsigned headers don't count. A delivery is a repeat if
 * any of its keys was seen before. Empty if nothing identifies it: a bare body without id, time or token is the same
 * each time someone presses a button.
 */
export function deliveryKeys(delivery: Delivery, { body, signedTimestamp }: SignedBytes): string[] {
  const { auth, occurredAt } = delivery;
  const idFacts = factsOfId(delivery);
  const keys = idFacts === undefined ? [] : [`id:${sha256(JSON.stringify(idFacts))}`];
  // Anything that proves a delivery is fresh also identifies it. Kiket creates a token for each invocation.
  const isBodyUnique =
    keys.length > 0 || auth.runtimeToken !== '' || auth.expiresAt !== null || occurredAt !== undefined;
  if (isBodyUnique) return [...keys, `body:${sha256(body)}`];
  if (signedTimestamp === undefined) return keys;
  return [...keys, `signed:${sha256(Buffer.concat([Buffer.from(`${signedTimestamp}.`), body]))}`];
}

/**
 * The signed id, plus the body's issue, move and time: they stay the same when Kiket delivers again with a new token,
 * and differ between deliveries that only share an id. `undefined` without an id, or if it's the id of the issue or
 * project, which many deliveries have.
 */
function factsOfId(delivery: Delivery): readonly unknown[] | undefined {
  const { signedId, issue, transition, projectId, projectKey, payload, actor } = delivery;
  if (signedId === undefined || [issue?.id, issue?.key, projectId, projectKey].includes(signedId)) return undefined;
  const { occurred_at: occurredAt, createdAt } = payload;
  return [signedId, issue?.id, issue?.key, transition?.from, transition?.to, occurredAt, createdAt, ...actor];
}

function sha256(data: string | Buffer): string {
  return hash('sha256', data);
}

/** What {@link runOnce} needs to know. */
export interface OnceOptions {
  deliveries: Deliveries;
  delivery: DeliveryKeys;
  now: Date;
  signal: AbortSignal;
}

/**
 * Runs a handler once for all repeats of a delivery. A repeat gets the first answer. During the first run it's asked to
 * come back, because that run may die without an answer. A failed run is forgotten, so that a redelivery runs again. At
 * the deadline this throws, but the run continues and keeps its claim until it ends.
 */
export async function runOnce(
  { deliveries, delivery, now, signal }: OnceOptions,
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (delivery.keys.length === 0) return untilAborted(run(), signal);
  const claim = await untilAborted(deliveries.claim(delivery, now), signal);
  if (claim.state === 'done') return { ...(JSON.parse(claim.answer) as Answer), repeated: true };
  if (claim.state === 'in_progress') return inProgress;
  return untilAborted(runClaimed(deliveries, claim, run), signal);
}

const { httpStatus, message } = problems.delivery_in_progress;
const inProgress: Answer = {
  httpStatus,
  body: { error: { code: 'delivery_in_progress', message } },
  outcome: 'delivery_in_progress',
  repeated: true,
};

async function runClaimed(
  deliveries: Deliveries,
  claim: Extract<Claim, { state: 'claimed' }>,
  run: () => Promise<Answer>,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await run();
  } catch (error) {
    // If this fails too, the claim ends with its lease. The first error is the one to report.
    await deliveries.release(claim).catch(() => {});
    throw error;
  }
  await deliveries.complete(claim, JSON.stringify(answer));
  return answer;
}
