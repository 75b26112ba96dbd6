import { start, type Receiver } from './receivers.ts';
import { median } from './throughput.ts';

/** How long a receiver takes from spawn to its first signed 200, in milliseconds: the median of so many starts. */
export async function measureStart(receiver: Receiver, times: number): Promise<{ name: string; startMs: number }> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const running = await start(receiver);
    taken.push(running.startedInMs);
    await running.stop();
  }
  return { name: receiver.name, startMs: median(taken) };
}
