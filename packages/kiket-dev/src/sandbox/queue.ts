import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { attempt } from './courier.ts';
import { findDelivery, giveUp, isDelivered, openDelivery, setState, type Attempt, type Draft } from './deliveryLog.ts';
import type { Platform } from './platform.ts';

/** How long Kiket waits before each further attempt, in milliseconds: 30 s, 1 min, 5 min, 30 min, 2 h and 8 h. */
export const kiketRetryDelaysMs = [30, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 8 * 60 * 60].map((seconds) => seconds * 1000);

/** More deliveries than this are never on their way to one extension at once. */
const maxConcurrent = 5;

/** Delivers in the background what nobody waits for. */
export interface Queue {
  /** Logs a delivery and sends it soon. Returns its id. */
  add: (draft: Draft) => Promise<string>;
  /** Sends any delivery once more, now. If it is taken it waits for nothing any more; if not, its retries still come. */
  redeliver: (id: string) => Promise<void>;
  /** Waits until every delivery, its further attempts included, has come to an end. */
  drain: () => Promise<void>;
  /** Waits until every attempt that is due has been made; further ones may still be to come. */
  finishDue: () => Promise<void>;
  /** Lets what is due finish, and leaves further attempts to the next {@link Queue.resume}. */
  stop: () => Promise<void>;
  /** Forgets further attempts and lets what is due finish. */
  clear: () => Promise<void>;
  /** Takes up what an earlier process left waiting. */
  resume: () => Promise<void>;
}

/** Makes a queue that tries as often as there are delays, after a first attempt at once. */
export function createQueue(platform: Platform, retryDelaysMs: readonly number[]): Queue {
  const limit = pLimit(maxConcurrent);
  /** Deliveries that have not come to an end, and those of their attempts that are due. */
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

  /** Makes one attempt when there is room for it. Returns how long to wait for the next, or nothing if there is none. */
  function makeAttempt(id: string): Promise<number | undefined> {
    const made = limit(() => platform.inTurn(id, () => tryOnce(id))).finally(() => due.delete(id));
    due.set(id, made);
    return made;
  }

  async function tryOnce(id: string): Promise<number | undefined> {
    const { state, tries } = await findDelivery(platform, id);
    // Somebody was faster, and sent it by hand.
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

  /** Whether the time passed; `false` if it was cut short. */
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
