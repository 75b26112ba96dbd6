import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeliveryError } from '../errors.ts';

/** Runs at most `max` at once. More are rejected with a {@link DeliveryError} `overloaded`. */
export function limitConcurrency(max: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  return async (work) => {
    if (running >= max) throw new DeliveryError('overloaded');
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
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
