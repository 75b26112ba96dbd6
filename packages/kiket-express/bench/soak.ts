import { setTimeout as wait } from 'node:timers/promises';
import { readMemory } from './needs.ts';
import { start, type Receiver } from './receivers.ts';
import { fire } from './fire.ts';

/** What a guardian held at one point of a soak. */
export interface SoakPoint {
  name: string;
  /** How many deliveries it had answered by then. */
  deliveries: number;
  /** As V8 had left it. */
  residentMiB: number;
  /** What was still in use after garbage collection. */
  heapMiB: number;
  /** Answers other than 200, since the previous point. */
  failed: number;
}

/** How many deliveries of a tenth are different, so that what is kept for each of them grows. */
const different = 5_000;

/** Tenths of the deliveries after which memory is read. */
const points = [1, 5, 10];

/** How long garbage collection may take, in milliseconds. */
const clearUpMs = 1_000;

/** A guardian that collects garbage on request. When V8 does so by itself says nothing about what is still in use. */
const clearsUp = ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>gc())'];

/** Fires so many deliveries at a guardian, half of them at a protected status, and reads its memory in between. */
export async function measureSoak(
  receiver: Receiver,
  { deliveries, settleMs }: { deliveries: number; settleMs: number },
): Promise<SoakPoint[]> {
  const [node = '', ...script] = receiver.command;
  const running = await start({ ...receiver, command: [node, ...clearsUp, ...script] });
  const tenth = Math.ceil(deliveries / 10);
  const results: SoakPoint[] = [];
  let failed = 0;
  try {
    for (let done = 1; done <= 10; done += 1) {
      // In tenths, because a signature is good for five minutes.
      const what = { moves: ['routine', 'protected'], from: done * different, different } as const;
      failed += (await fire(running, { connections: 50, amount: tenth, ...what })).failed;
      if (!points.includes(done)) continue;
      const residentMiB = readMemory(running.pid);
      await wait(settleMs);
      process.kill(running.pid, 'SIGUSR2');
      await wait(clearUpMs);
      const heapMiB = await readHeap(running.url);
      results.push({ name: receiver.name, deliveries: done * tenth, residentMiB, heapMiB, failed });
      failed = 0;
    }
    return results;
  } finally {
    await running.stop();
  }
}

/** The heap in use, in MiB, from the guardian's metrics. */
async function readHeap(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const [, bytes] = /^nodejs_heap_size_used_bytes (\d+)/m.exec(text) ?? [];
  return Number(bytes) / 1024 / 1024;
}
