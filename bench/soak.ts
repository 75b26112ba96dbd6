import { setTimeout as wait } from 'node:timers/promises';
import { readMemory } from './memory.ts';
import { start, type Receiver, type RunningReceiver } from './receivers.ts';
import { fire } from './throughput.ts';

/** What a guardian held around one point of a soak. */
export interface SoakPoint {
  name: string;
  /** How many it had answered by then. */
  deliveries: number;
  /** The most resident memory of the last tenth, in MiB. */
  residentMiB: number;
  /** The least heap of the last tenth, in MiB: what was left when V8 had just cleared up. */
  heapMiB: number;
  /** Answers that were no 200, since the point before. */
  failed: number;
}

/** Tenths of the deliveries after which somebody looks. */
const points = [1, 5, 10];

/** How often memory is read, in milliseconds. */
const readEveryMs = 200;

/** Fires so many deliveries at a guardian, half of them at a protected status, and looks at its memory on the way. */
export async function measureSoak(receiver: Receiver, deliveries: number): Promise<SoakPoint[]> {
  const running = await start(receiver);
  const tenth = Math.ceil(deliveries / 10);
  const results: SoakPoint[] = [];
  try {
    let failed = 0;
    for (let done = 1; done <= 10; done += 1) {
      // In tenths, because a signature is good for five minutes.
      const firing = fire(running, { connections: 50, amount: tenth, moves: ['routine', 'protected'] });
      const held = await watch(running, firing);
      failed += (await firing).failed;
      if (!points.includes(done)) continue;
      results.push({ name: receiver.name, deliveries: done * tenth, ...held, failed });
      failed = 0;
    }
    return results;
  } finally {
    await running.stop();
  }
}

/** Reads memory until something is over. */
async function watch(
  running: RunningReceiver,
  work: Promise<unknown>,
): Promise<Pick<SoakPoint, 'residentMiB' | 'heapMiB'>> {
  const stopping = new AbortController();
  const held = { residentMiB: 0, heapMiB: Infinity };
  const watching = async () => {
    while (!stopping.signal.aborted) {
      held.residentMiB = Math.max(held.residentMiB, readMemory(running.pid));
      held.heapMiB = Math.min(held.heapMiB, await readHeap(running.url));
      await wait(readEveryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  await Promise.all([watching(), work.finally(() => stopping.abort())]);
  return held;
}

/** The heap in use, in MiB, as the guardian's metrics tell it. */
async function readHeap(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const [, bytes] = /^nodejs_heap_size_used_bytes (\d+)/m.exec(text) ?? [];
  return Number(bytes) / 1024 / 1024;
}
