import { hash } from 'node:crypto';
import type { DeliveryKeys, Steps } from '../store/store.ts';

/**
 * Runs one part of a handler's work once for all repeats of a delivery, and stores its result. If a handler with
 * several effects fails at the second and Kiket delivers again, the first isn't repeated.
 *
 * The work gets a key that is the same for every repeat. Pass it to Kiket as `idempotencyKey`: if the process dies
 * between a call and the note that it was made, the key prevents a second effect. It's derived from the delivery's best
 * key: its signed id, or else the signed bytes.
 *
 * @param name identifies the step within its handler
 * @returns what the work returned, now or the first time, after a round trip through JSON
 */
export type Step = <Result>(name: string, work: (idempotencyKey: string) => Promise<Result>) => Promise<Result>;

/** Creates the steps of one delivery. Without a key, nothing is remembered. */
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
