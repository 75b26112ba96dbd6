import pLimit, { type LimitFunction } from 'p-limit';

/** Runs work with the same name one after the other, and work with different names in parallel. */
export type InTurn = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;

/** Creates turns. Work must not ask for a turn of its own name, because it would wait for itself. */
export function createTurns(): InTurn {
  const lines = new Map<string, LimitFunction>();
  return async (name, work) => {
    const line = lines.get(name) ?? pLimit(1);
    lines.set(name, line);
    try {
      return await line(work);
    } finally {
      if (line.activeCount + line.pendingCount === 0) lines.delete(name);
    }
  };
}
