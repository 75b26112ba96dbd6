import { once } from 'node:events';
import type { Io } from '../../commandLine.ts';

/**
 * Waits for work that can be interrupted by Ctrl-C, SIGTERM or the caller's signal. Rejects then, so that everything
 * started can be stopped.
 */
export async function unlessInterrupted<Value>(work: Promise<Value>, { interrupted: asked }: Io): Promise<Value> {
  const over = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: over.signal }));
  const ways: Promise<unknown>[] = [...signals];
  if (asked !== undefined) ways.push(asked.aborted ? Promise.resolve() : once(asked, 'abort', { signal: over.signal }));
  const interrupted = Promise.race(ways).then(() => {
    throw new Error('Interrupted.');
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    over.abort();
    await Promise.allSettled(ways);
  }
}
