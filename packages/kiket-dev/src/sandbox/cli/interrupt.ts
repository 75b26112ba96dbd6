import { once } from 'node:events';
import type { Io } from '../../commandLine.ts';

/**
 * Waits for work that can be cut short with Ctrl-C or SIGTERM, or by whoever runs the command in its own process. Rejects
 * then, so that what was started can be stopped.
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
