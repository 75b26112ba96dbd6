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

/**
 * Runs one part of a handler's work once for all repeats of a delivery, and stores its result. If a handler with
 * several effects fails at the second and Kiket delivers again, the first isn't repeated.
 *
 * The work gets a key that is the same for every repeat. Pass it to Kiket as `idempotencyKey`: if the process dies
 * between a call and the note that it was made, the key prevents a second effect. It's derived from the delivery's best
 * key: its signed id, or else the signed bytes.
 *
 * @param name identifies the step within its handler. Steps that run at the same time need different names
 * @returns what the work returned, now or the first time, after a round trip through JSON; `null` if it isn't JSON
 */
export type Step = <Result>(name: string, work: (idempotencyKey: string) => Promise<Result>) => Promise<Result>;

/** Creates the steps of one delivery. Without a key, nothing is remembered. */
export function createStep(deliveries: Deliveries, delivery: DeliveryKeys, now: Date): Step {
  const { organization, event, keys } = delivery;
  return async <Result>(name: string, work: (idempotencyKey: string) => Promise<Result>) => {
    const idempotencyKey = hash('sha256', JSON.stringify([organization, event, keys[0] ?? now, name]));
    if (keys.length === 0) return JSON.parse(toJson(await work(idempotencyKey))) as Result;
    const storedName = isStorable.test(name) ? name : `sha256:${sha256(JSON.stringify(name))}`;
    const done = await deliveries.findStep(delivery, storedName);
    if (done !== undefined) return JSON.parse(done) as Result;
    const result = toJson(await work(idempotencyKey));
    await deliveries.keepStep(delivery, storedName, result, now);
    return JSON.parse(result) as Result;
  };
}

/** Every database stores such a name as it is, and finds it in an index. */
const isStorable = /^[^\0\p{Cs}]{0,200}$/u;

/** Never throws: the work is done, and an error would repeat it. */
function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    return 'null';
  }
}
