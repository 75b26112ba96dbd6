import pLimit, { type LimitFunction } from 'p-limit';

/** Runs work of one name one after the other, and work of different names at once. */
export type InTurn = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;

/** Makes turns that know of nobody at first. Work must not ask for a turn of its own name: it would wait for itself. */
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
