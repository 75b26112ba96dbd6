/**
 * Shares what was asked for: however many ask, `ask` is called once until so many milliseconds after it has answered. By a
 * clock that nobody sets. What it throws is shared as well.
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
