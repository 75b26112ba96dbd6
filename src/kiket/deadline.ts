import { DeliveryError } from './errors.ts';

/** The longest that Kiket waits for an answer, in milliseconds (guide, section 3). */
export const kiketTimeoutMs = 10_000;

/** What is kept back for the way home: the answer leaves this long before Kiket stops waiting, in milliseconds. */
export const marginMs = 1_500;

/** A running deadline. `clear` it when the work is done, so that no timer outlives it. */
export interface Deadline {
  signal: AbortSignal;
  /** When it ends, as `performance.now()` counts. */
  endsAt: number;
  /** Ends it before its time. */
  expire: () => void;
  clear: () => void;
}

/** How long a handler has when Kiket waits `timeoutMs` for it. At least 50 ms, so that a tiny timeout still gets an answer. */
export function budgetMs(timeoutMs: number = kiketTimeoutMs): number {
  return Math.max(Math.min(timeoutMs, kiketTimeoutMs) - marginMs, 50);
}

/** Starts a deadline; at its end the signal aborts with a {@link DeliveryError} `deadline_exceeded`. */
export function startDeadline(milliseconds: number): Deadline {
  const controller = new AbortController();
  const expire = () => controller.abort(new DeliveryError('deadline_exceeded'));
  const delay = Math.max(milliseconds, 0);
  const timer = setTimeout(expire, delay);
  const endsAt = performance.now() + delay;
  return { signal: controller.signal, endsAt, expire, clear: () => clearTimeout(timer) };
}

/**
 * Waits for the work, but not past the signal: then it throws the signal's reason, and the work goes on unobserved.
 * Work that is done already wins over a signal that has aborted already.
 */
export async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
