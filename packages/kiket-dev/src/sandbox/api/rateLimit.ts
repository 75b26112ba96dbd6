import { Refusal } from '../refusal.ts';

/** How many calls a caller can make in a period. */
export interface RateLimit {
  limit: number;
  windowSeconds: number;
}

/** 600 a minute for each installation. */
export const kiketRateLimit: RateLimit = { limit: 600, windowSeconds: 60 };

/** The rest, named as in `GET /ext/rate_limit`. */
export interface Remaining {
  limit: number;
  remaining: number;
  window_seconds: number;
  /** Seconds until the limit resets. */
  reset_in: number;
}

/** Counts calls in windows that start with a caller's first call. */
export class RateCounter {
  readonly #limit: RateLimit;
  readonly #windows = new Map<string, { calls: number; endsAt: number }>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts one call. */
  count(caller: string, now: Date): void {
    const window = this.#windows.get(caller);
    const isOpen = window !== undefined && window.endsAt > now.getTime();
    const endsAt = isOpen ? window.endsAt : now.getTime() + this.#limit.windowSeconds * 1000;
    this.#windows.set(caller, { calls: (isOpen ? window.calls : 0) + 1, endsAt });
  }

  remaining(caller: string, now: Date): Remaining {
    const { calls, endsAt } = this.#windows.get(caller) ?? { calls: 0, endsAt: now.getTime() };
    const { limit, windowSeconds } = this.#limit;
    return {
      limit,
      remaining: Math.max(0, limit - calls),
      window_seconds: windowSeconds,
      reset_in: Math.max(0, Math.ceil((endsAt - now.getTime()) / 1000)),
    };
  }

  /** Throws a {@link Refusal} if the caller has made more calls than the limit. */
  enforce(caller: string, now: Date): void {
    if ((this.#windows.get(caller)?.calls ?? 0) <= this.#limit.limit) return;
    throw tooMany(this.remaining(caller, now).reset_in);
  }
}

/** The refusal of a call above the limit. */
export function tooMany(retryAfter: number): Refusal {
  return new Refusal(429, 'RATE_LIMITED', 'Too many calls. Try again after Retry-After seconds.', { retryAfter });
}
