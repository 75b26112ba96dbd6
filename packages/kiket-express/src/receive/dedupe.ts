import { hash } from 'node:crypto';
import type { Claim, Deliveries } from '../store/store.ts';
import { untilAborted } from './deadline.ts';
import type { Answer } from '../extension/decision.ts';
import { nameOfDelivery, type Delivery } from './delivery.ts';
import { problems } from './errors.ts';

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
  const named = nameOfDelivery(delivery);
  // Whatever can prove that a delivery is fresh also tells it from others. Kiket mints a token for each invocation.
  const isBodyUnique =
    named !== undefined || auth.runtimeToken !== '' || auth.expiresAt !== null || occurredAt !== undefined;
  const keys = named === undefined ? [] : [`id:${sha256(JSON.stringify(named))}`];
  if (isBodyUnique) return [...keys, `body:${sha256(body)}`];
  if (signedTimestamp === undefined) return keys;
  return [...keys, `signed:${sha256(Buffer.concat([Buffer.from(`${signedTimestamp}.`), body]))}`];
}

function sha256(data: string | Buffer): string {
  return hash('sha256', data);
}

/** What {@link runOnce} needs to know. */
export interface OnceOptions {
  deliveries: Deliveries;
  delivery: Pick<Delivery, 'organization' | 'event'>;
  keys: readonly string[];
  now: Date;
  signal: AbortSignal;
}

/**
 * Runs a handler once for all repeats of a delivery. A repeat gets the first answer; while the first run is going, it is
 * asked to come again, because that run may die before it has an answer. A run that fails is forgotten, so that a redelivery runs again. At the deadline this throws, but the run goes
 * on, and keeps its claim until it ends.
 */
export async function runOnce(options: OnceOptions, run: () => Promise<Answer>): Promise<Answer> {
  const { deliveries, delivery, keys, now, signal } = options;
  if (keys.length === 0) return untilAborted(run(), signal);
  const { organization, event } = delivery;
  const claim = await untilAborted(deliveries.claim({ organization, event, keys }, now), signal);
  if (claim.state === 'done') return { ...(JSON.parse(claim.answer) as Answer), repeated: true };
  if (claim.state === 'in_progress') return inProgress;
  return untilAborted(runClaimed(deliveries, claim, run), signal);
}

const inProgress: Answer = {
  httpStatus: problems.delivery_in_progress.httpStatus,
  body: { error: { code: 'delivery_in_progress', message: problems.delivery_in_progress.message } },
  outcome: 'delivery_in_progress',
  repeated: true,
};

async function runClaimed(
  deliveries: Deliveries,
  claim: Extract<Claim, { state: 'claimed' }>,
  run: () => Promise<Answer>,
): Promise<Answer> {
  let answer: Answer;
  let kept: string;
  try {
    answer = await run();
    kept = JSON.stringify(answer);
  } catch (error) {
    // If even that fails, the claim ends with its lease. What went wrong first is what counts.
    await deliveries.release(claim).catch(() => {});
    throw error;
  }
  await deliveries.complete(claim, kept);
  return answer;
}
