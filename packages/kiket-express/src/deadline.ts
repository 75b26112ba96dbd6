import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { DeliveryError } from './errors.ts';

/** The longest that Kiket waits for an answer, in milliseconds (guide, section 3). */
export const kiketTimeoutMs = 10_000;

/** Reserved for the round trip: the answer is sent this long before Kiket stops waiting, in milliseconds. */
export const marginMs = 1_500;

/**
 * How long a handler has if Kiket waits `timeoutMs` for it. At least 50 ms, so that a tiny timeout still gets an
 * answer.
 */
export function budgetMs(timeoutMs: number = kiketTimeoutMs): number {
  return Math.max(Math.min(timeoutMs, kiketTimeoutMs) - marginMs, 50);
}

/** When a request arrived and when its host stops waiting for the answer, as `performance.now()` counts. */
export interface HostTime {
  arrivedAt: number;
  endsAt: number;
}

/** Set by a host that freezes or ends between requests, before it hands a request on. */
export const hostTimes = new WeakMap<IncomingMessage, HostTime>();

/** What is left of the time that Kiket waits, and the host, in milliseconds. */
export function remainingMs({ arrivedAt, endsAt }: HostTime, timeoutMs?: number): number {
  return Math.min(arrivedAt + budgetMs(timeoutMs), endsAt - marginMs) - performance.now();
}

/**
 * Starts when it's created. At its end, the signal aborts with a {@link DeliveryError} `deadline_exceeded`. `clear` it
 * when the work is done, so that no timer is left.
 */
export class Deadline {
  /** When it ends, in `performance.now()` time. */
  readonly endsAt: number;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #isCleared = false;

  constructor(milliseconds: number) {
    this.endsAt = performance.now() + Math.max(milliseconds, 0);
  }

  /** Created, with its timer, on first use. Most deliveries never need it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // A dry run asks every guard about several statuses at once. That's no leak, so Node.js shouldn't print a warning.
      setMaxListeners(Infinity, this.#controller.signal);
      const milliseconds = Math.max(this.endsAt - performance.now(), 0);
      if (!this.#isCleared) this.#timer = setTimeout(() => this.expire(), milliseconds);
    }
    return this.#controller.signal;
  }

  /** Ends it early. */
  expire(): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(new DeliveryError('deadline_exceeded'));
  }

  clear(): void {
    this.#isCleared = true;
    clearTimeout(this.#timer);
  }
}

/**
 * Waits for the work, but not past the signal. When the signal aborts, it throws the signal's reason and ignores the
 * work. Finished work wins over an aborted signal.
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

/** Extra time for the store when a guard used the whole budget, in milliseconds. The margin has room for it. */
const momentMs = 500;

/** The extra time after each signal. Everything that waits for the signal shares it. */
const moments = new WeakMap<AbortSignal, Deadline>();

/** {@link untilAborted}, or until {@link momentMs} later. */
export async function untilMomentLater<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  try {
    return await untilAborted(work, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const moment = moments.get(signal) ?? new Deadline(momentMs);
    moments.set(signal, moment);
    return untilAborted(work, moment.signal);
  }
}
