import { hash } from 'node:crypto';
import type { DeliveryKeys, Steps } from '../store/store.ts';

/**
 * Does one part of a handler's work once for all repeats of a delivery, and remembers what it came to. A handler with
 * several effects fails at the second and is delivered again: then the first is not done twice.
 *
 * The work gets a key that is the same at every repeat. Give it to Kiket as `idempotencyKey`: if the process dies between
 * a call and the note that it was made, that is what keeps it from taking effect twice. It is made from the delivery's
 * best key: its signed id, or else the bytes that were signed.
 *
 * @param name tells the steps of one handler apart
 * @returns what the work returned, now or at its first time, as JSON brings it back
 */
export type Step = <Result>(name: string, work: (idempotencyKey: string) => Promise<Result>) => Promise<Result>;

/** Makes the steps of one delivery. A delivery by which nothing can be recognised remembers nothing. */
export function createStep(steps: Steps, delivery: DeliveryKeys, now: Date): Step {
  const { organization, event, keys } = delivery;
  return async <Result>(name: string, work: (idempotencyKey: string) => Promise<Result>) => {
    const idempotencyKey = hash('sha256', JSON.stringify([organization, event, keys[0] ?? now, name]));
    if (keys.length === 0) return work(idempotencyKey);
    const done = await steps.find(delivery, name);
    if (done !== undefined) return JSON.parse(done) as Result;
    const result = await work(idempotencyKey);
    await steps.keep(delivery, name, JSON.stringify(result ?? null), now);
    return result;
  };
}
