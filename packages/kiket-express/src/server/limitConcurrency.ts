import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeliveryError } from '../errors.ts';

/**
 * Runs at most `max` at once, and at most `maxAlike` of those with the same key. More are rejected with a
 * {@link DeliveryError} `overloaded`.
 */
export function limitConcurrency(
  max: number,
  maxAlike = max,
): <Result>(work: () => Promise<Result>, key?: string) => Promise<Result> {
  let running = 0;
  const alike = new Map<string, number>();
  return async (work, key = '') => {
    const before = alike.get(key) ?? 0;
    if (running >= max || before >= maxAlike) throw new DeliveryError('overloaded');
    running += 1;
    alike.set(key, before + 1);
    try {
      return await work();
    } finally {
      running -= 1;
      const left = (alike.get(key) ?? 0) - 1;
      if (left > 0) alike.set(key, left);
      else alike.delete(key);
    }
  };
}

/** Starts one call in each turn of the event loop: fifty at once would hold everyone up. */
export function inTurns<Asked, Answered>(work: (asked: Asked) => Promise<Answered>): typeof work {
  let turn = Promise.resolve();
  return async (asked) => {
    turn = turn.then(() => nextTurn());
    await turn;
    return work(asked);
  };
}
