import { DeliveryError } from './errors.ts';

/** Does work that there is room for. Throws a {@link DeliveryError} `overloaded` if there is none. */
export type Limit = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Limits how much work there is at once. */
export function limitConcurrent(max: number): Limit {
  let inHand = 0;
  return async (work) => {
    if (inHand >= max) throw new DeliveryError('overloaded');
    inHand += 1;
    try {
      return await work();
    } finally {
      inHand -= 1;
    }
  };
}
