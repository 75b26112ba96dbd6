import type { Logger } from 'pino';
import { cacheFor } from './cacheFor.ts';
import { Deadline, untilAborted } from '../deadline.ts';
import type { Store } from '../store/store.ts';

/** How long the store may take to respond, in milliseconds. */
const withinMs = 2_000;

/** How long a result is cached, in milliseconds. */
const cacheMs = 1_000;

/** Checks whether the store is available. Changes are logged. */
export function createReadiness(
  store: Pick<Store, 'ping'>,
  { clock, log }: { clock: () => Date; log: Logger },
): () => Promise<boolean> {
  let wasReady = true;
  return cacheFor(cacheMs, async () => {
    const deadline = new Deadline(withinMs);
    let isReady = true;
    try {
      await untilAborted(store.ping(clock()), deadline.signal);
      if (!wasReady) log.info('the store is available again');
    } catch (error) {
      isReady = false;
      if (wasReady) log.error({ err: error }, 'the store is unavailable');
    } finally {
      deadline.clear();
    }
    wasReady = isReady;
    return isReady;
  });
}
