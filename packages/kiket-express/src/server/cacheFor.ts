/**
 * Shares results: `ask` is called once, however many callers there are, until this many milliseconds after it answers.
 * Uses a monotonic clock. Errors are shared too.
 */
export function cacheFor<Value>(milliseconds: number, ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  let holdsUntil = Infinity;
  return () => {
    if (asked !== undefined && performance.now() < holdsUntil) return asked;
    holdsUntil = Infinity;
    asked = ask().finally(() => {
      holdsUntil = performance.now() + milliseconds;
    });
    return asked;
  };
}
