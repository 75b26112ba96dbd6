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
