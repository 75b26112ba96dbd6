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
 * Everything by which a redelivery is recognized. All of it is signed: a header that Kiket doesn't sign makes two
 * deliveries neither one nor different. A delivery is a repeat if any of its keys was seen before. Empty if there is
 * nothing to go by: a bare body without id, time or token is the same for two presses of one button.
 */
export function deliveryKeys(delivery: Delivery, { body, signedTimestamp }: SignedBytes): string[] {
  const { auth, occurredAt } = delivery;
  const idFacts = factsOfId(delivery);
  const keys = idFacts === undefined ? [] : [`id:${sha256(JSON.stringify(idFacts))}`];
  // Whatever can prove that a delivery is fresh also tells it from others. Kiket mints a token for each invocation.
  const isBodyUnique =
    keys.length > 0 || auth.runtimeToken !== '' || auth.expiresAt !== null || occurredAt !== undefined;
  if (isBodyUnique) return [...keys, `body:${sha256(body)}`];
  if (signedTimestamp === undefined) return keys;
  return [...keys, `signed:${sha256(Buffer.concat([Buffer.from(`${signedTimestamp}.`), body]))}`];
}

/**
 * The signed id, with what the body says about issue, move and time: all of it stays the same when Kiket delivers again
 * with a new token, and two deliveries that only share an id differ in it. `undefined` without an id, or if the id is
 * the issue's or the project's own, which many deliveries bring.
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
 * Runs a handler once for all repeats of a delivery. A repeat gets the first answer; while the first run is going, it is
 * asked to come again, because that run may die before it has an answer. A run that fails is forgotten, so that a
 * redelivery runs again. At the deadline this throws, but the run goes on, and keeps its claim until it ends.
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
    // If even that fails, the claim ends with its lease. What went wrong first is what counts.
    await deliveries.release(claim).catch(() => {});
    throw error;
  }
  await deliveries.complete(claim, JSON.stringify(answer));
  return answer;
}
