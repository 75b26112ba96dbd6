import { once } from 'node:events';
import { startOn } from './processes.ts';
import { start, type Receiver } from './receivers.ts';
import { median } from './throughput.ts';

/** How long something takes to start, in milliseconds. */
export interface Start {
  name: string;
  startMs: number;
}

/** How long a receiver takes from spawn to its first signed 200, in milliseconds: the median of so many starts. */
export async function measureStart(receiver: Receiver, times: number): Promise<Start> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const running = await start(receiver);
    taken.push(running.startedInMs);
    await running.stop();
  }
  return { name: receiver.name, startMs: median(taken) };
}

/** How long Node takes for nothing, from spawn to exit, in milliseconds: what no start can do without. */
export async function measureNode(times: number): Promise<Start> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedAt = performance.now();
    await once(startOn('server', [process.execPath, '--eval', '0'], {}).child, 'exit');
    taken.push(performance.now() - startedAt);
  }
  return { name: 'Node alone, from spawn to exit', startMs: median(taken) };
}
