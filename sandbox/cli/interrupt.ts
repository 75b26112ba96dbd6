import { once } from 'node:events';
import { CommandError } from './errors.ts';

/** Waits for work that can be cut short with Ctrl-C or SIGTERM. Rejects then, so that what was started can be stopped. */
export async function unlessInterrupted<Value>(work: Promise<Value>): Promise<Value> {
  const over = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: over.signal }));
  const interrupted = Promise.race(signals).then(() => {
    throw new CommandError('Interrupted.', 1);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    over.abort();
    await Promise.allSettled(signals);
  }
}
