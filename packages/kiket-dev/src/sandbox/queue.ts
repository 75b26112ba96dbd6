import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { attempt } from './courier.ts';
import { findDelivery, giveUp, isDelivered, openDelivery, setState, type Attempt, type Draft } from './deliveryLog.ts';
import type { Platform } from './platform.ts';

/** How long Kiket waits before each further attempt, in milliseconds: 30 s, 1 min, 5 min, 30 min, 2 h and 8 h. */
export const kiketRetryDelaysMs = [30, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 8 * 60 * 60].map((seconds) => seconds * 1000);

/** Delivers in the background. */
export interface Queue {
  /** Logs a delivery and sends it soon. Returns its id. */
  add: (draft: Draft) => Promise<string>;
  /** Sends any delivery again now. If it's accepted, its retries end; otherwise they continue. */
  redeliver: (id: string) => Promise<void>;
  /** Waits until every delivery is finished, retries included. */
  drain: () => Promise<void>;
  /** Waits until every due attempt is made; retries may follow. */
  finishDue: () => Promise<void>;
  /** Finishes due attempts, and leaves retries to the next {@link Queue.resume}. */
  stop: () => Promise<void>;
  /** Drops retries and finishes due attempts. */
  clear: () => Promise<void>;
  /** Continues with deliveries of an earlier process. */
  resume: () => Promise<void>;
}

/** Creates a queue with one attempt at once and one after each delay. */
export function createQueue(platform: Platform, retryDelaysMs: readonly number[]): Queue {
  /** Unfinished deliveries, and their due attempts. */
  const [running, due] = [new Map<string, Promise<void>>(), new Map<string, Promise<unknown>>()];
  const waits = new Map<string, AbortController>();
  let halt = createHalt();

  function begin(id: string, delayMs: number): void {
    const run = deliver(id, delayMs, halt.signal)
      .catch((error: unknown) => giveUp(platform, id, reasonOf(error)))
      .catch((error: unknown) => void process.stderr.write(`Delivery ${id} was lost: ${reasonOf(error)}\n`))
      .finally(() => running.delete(id));
    running.set(id, run);
  }

  async function deliver(id: string, delayMs: number, signal: AbortSignal): Promise<void> {
    let nextMs = delayMs === 0 ? await makeAttempt(id) : delayMs;
    while (nextMs !== undefined && (await waited(id, nextMs, signal))) nextMs = await makeAttempt(id);
  }

  /** Makes one attempt. Returns the delay until the next, or `undefined` if there is none. */
  function makeAttempt(id: string): Promise<number | undefined> {
    const made = platform.inTurn(id, () => tryOnce(id)).finally(() => due.delete(id));
    due.set(id, made);
    return made;
  }

  async function tryOnce(id: string): Promise<number | undefined> {
    const { state, tries } = await findDelivery(platform, id);
    // It was sent manually in the meantime.
    if (state !== 'waiting') return undefined;
    const latest = await attempt(platform, id);
    await platform.database
      .updateTable('deliveries')
      .set({ tries: tries + 1 })
      .where('id', '=', id)
      .execute();
    const nextMs = isWorthRetrying(latest) ? retryDelaysMs[tries] : undefined;
    if (nextMs === undefined) {
      await setState(platform, id, isDelivered(latest) ? 'delivered' : 'failed');
      return undefined;
    }
    await setState(platform, id, 'waiting', new Date(Date.now() + nextMs));
    return nextMs;
  }

  /** Whether the time passed; `false` if it was interrupted. */
  async function waited(id: string, milliseconds: number, signal: AbortSignal): Promise<boolean> {
    const ended = new AbortController();
    waits.set(id, ended);
    try {
      await wait(milliseconds, undefined, { signal: AbortSignal.any([signal, ended.signal]) });
      return true;
    } catch {
      return false;
    } finally {
      waits.delete(id);
    }
  }

  async function redeliver(id: string): Promise<void> {
    await platform.inTurn(id, async () => {
      const { state, next_attempt_at: next } = await findDelivery(platform, id);
      const isTaken = isDelivered(await attempt(platform, id));
      if (!isTaken && state === 'waiting') return setState(platform, id, state, new Date(next ?? Date.now()));
      await setState(platform, id, isTaken ? 'delivered' : 'failed');
      waits.get(id)?.abort();
    });
  }

  async function stop(): Promise<void> {
    halt.abort();
    await settle(running);
  }

  return {
    add: async (draft) => {
      const id = await openDelivery(platform, draft, 'waiting');
      begin(id, 0);
      return id;
    },
    redeliver,
    drain: () => settle(running),
    finishDue: () => settle(due),
    stop,
    clear: async () => {
      await stop();
      halt = createHalt();
    },
    resume: async () => {
      const left = await platform.database
        .selectFrom('deliveries')
        .select(['id', 'next_attempt_at'])
        .where('state', '=', 'waiting')
        .execute();
      for (const { id, next_attempt_at: dueAt } of left.filter((each) => !running.has(each.id))) {
        begin(id, Math.max(0, new Date(dueAt ?? 0).getTime() - Date.now()));
      }
    },
  };
}

/** Waits until nothing is left. */
async function settle(left: ReadonlyMap<string, Promise<unknown>>): Promise<void> {
  while (left.size > 0) await Promise.allSettled(left.values());
}

/** Any number of deliveries can wait for one signal. */
function createHalt(): AbortController {
  const halt = new AbortController();
  setMaxListeners(0, halt.signal);
  return halt;
}

/** Kiket retries after 5xx, 429 and no answer. Every other error is final. */
function isWorthRetrying({ status }: Attempt): boolean {
  return status === null || status === 429 || status >= 500;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
