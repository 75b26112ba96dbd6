import { hash } from 'node:crypto';
import type { Claim, Deliveries } from '../store/store.ts';
import { untilAborted } from './deadline.ts';
import type { Answer } from './decision.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryHints } from './eventName.ts';

/** The bytes of a delivery, and the timestamp if the signature covers it. */
export interface SignedBytes {
  body: Buffer;
  signedTimestamp: string | undefined;
}

/**
 * Everything by which a redelivery could be recognised. No single id is known to stay the same over retries, and headers
 * are unsigned, so a delivery is a repeat if any of these was seen before. Empty if there is nothing to go by: a bare
 * body without id, time or token is the same for two different presses of one button.
 */
export function deliveryKeys(delivery: Delivery, hints: DeliveryHints, signed: SignedBytes): string[] {
  const { signedId, auth, occurredAt } = delivery;
  // Whatever can prove that a delivery is fresh also tells it from others.
  const isBodyUnique =
    signedId !== undefined || auth.runtimeToken !== '' || auth.expiresAt !== null || occurredAt !== undefined;
  return [
    signedId === undefined ? [] : `id:${signedId}`,
    hints.deliveryId === undefined ? [] : `delivery:${hints.deliveryId}`,
    hints.invocationId === undefined ? [] : `invocation:${hints.invocationId}`,
    isBodyUnique ? `body:${hash('sha256', signed.body)}` : [],
    signed.signedTimestamp === undefined
      ? []
      : `signed:${hash('sha256', Buffer.concat([Buffer.from(`${signed.signedTimestamp}.`), signed.body]))}`,
  ].flat();
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
 * Runs a handler once for all repeats of a delivery. A repeat gets the first answer; while the first run is going it is
 * told so. A run that fails is forgotten, so that a redelivery runs again. At the deadline this throws, but the run goes
 * on, and keeps its claim until it ends.
 */
export async function runOnce(options: OnceOptions, run: () => Promise<Answer>): Promise<Answer> {
  const { deliveries, delivery, keys, now, signal } = options;
  if (keys.length === 0) return untilAborted(run(), signal);
  const { organization, event } = delivery;
  const claim = await untilAborted(deliveries.claim({ organization, event, keys }, now), signal);
  if (claim.state === 'done') return { ...(JSON.parse(claim.answer) as Answer), repeated: true };
  if (claim.state === 'in_progress') {
    return { httpStatus: 202, body: { status: 'in_progress' }, outcome: 'in_progress', repeated: true };
  }
  return untilAborted(runClaimed(deliveries, claim, run), signal);
}

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
