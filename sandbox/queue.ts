import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { attempt } from './courier.ts';
import { findDelivery, isDelivered, openDelivery, setState, type Attempt, type Draft } from './deliveryLog.ts';
import type { Platform } from './platform.ts';

/** How long Kiket waits before each further attempt, in milliseconds: 30 s, 1 min, 5 min, 30 min, 2 h and 8 h. */
export const kiketRetryDelaysMs = [30, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 8 * 60 * 60].map((seconds) => seconds * 1000);

/** More deliveries than this are never on their way to one extension at once. */
const maxConcurrent = 5;

/** Delivers in the background what nobody waits for. */
export interface Queue {
  /** Logs a delivery and sends it soon. Returns its id. */
  add: (draft: Draft) => Promise<string>;
  /** Waits until every delivery, its further attempts included, has come to an end. */
  drain: () => Promise<void>;
  /** Lets what is on its way finish, and leaves further attempts to the next {@link Queue.resume}. */
  stop: () => Promise<void>;
  /** Forgets further attempts and lets what is on its way finish. */
  clear: () => Promise<void>;
  /** Takes up what an earlier process left waiting. */
  resume: () => Promise<void>;
}

/** Makes a queue that tries as often as there are delays, after a first attempt at once. */
export function createQueue(platform: Platform, retryDelaysMs: readonly number[]): Queue {
  const limit = pLimit(maxConcurrent);
  const running = new Map<string, Promise<void>>();
  let halt = createHalt();

  function begin(id: string, made: number, delayMs: number): void {
    const run = deliver(id, made, delayMs, halt.signal).finally(() => running.delete(id));
    running.set(id, run);
  }

  async function deliver(id: string, made: number, delayMs: number, signal: AbortSignal): Promise<void> {
    if (!(await waited(delayMs, signal))) return;
    const latest = await limit(() => attempt(platform, id));
    if (isDelivered(latest)) return setState(platform, id, 'delivered');
    const nextMs = retryDelaysMs[made];
    if (!isWorthRetrying(latest) || nextMs === undefined) return setState(platform, id, 'failed');
    await setState(platform, id, 'waiting', new Date(Date.now() + nextMs));
    await deliver(id, made + 1, nextMs, signal);
  }

  async function settle(): Promise<void> {
    while (running.size > 0) await Promise.all(running.values());
  }

  async function stop(): Promise<void> {
    halt.abort();
    await settle();
  }

  return {
    add: async (draft) => {
      const id = await openDelivery(platform, draft, 'waiting');
      begin(id, 0, 0);
      return id;
    },
    drain: settle,
    stop,
    clear: async () => {
      await stop();
      halt = createHalt();
    },
    resume: async () => {
      const left = await platform.database
        .selectFrom('deliveries')
        .select('id')
        .where('state', '=', 'waiting')
        .execute();
      for (const { id } of left.filter((each) => !running.has(each.id))) {
        const { attempts, next_attempt_at: dueAt } = await findDelivery(platform, id);
        begin(id, attempts.length, Math.max(0, new Date(dueAt ?? 0).getTime() - Date.now()));
      }
    },
  };
}

/** Any number of deliveries may wait for one signal. */
function createHalt(): AbortController {
  const halt = new AbortController();
  setMaxListeners(0, halt.signal);
  return halt;
}

/** Kiket tries again after 5xx, 429 and silence, and takes every other refusal as final. */
function isWorthRetrying({ status }: Attempt): boolean {
  return status === null || status === 429 || status >= 500;
}

/** Whether the time passed; `false` if it was cut short. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
