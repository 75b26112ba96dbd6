import { fire } from './fire.ts';
import type { LoadOutcome } from './load.ts';
import type { RunningReceiver } from './receivers.ts';

/** How fast one receiver was, over all rounds. */
export interface Throughput {
  name: string;
  connections: number;
  perSecond: number;
  /** To the floor of the same round: the median of the rounds, the lowest and the highest. */
  ratio: number;
  lowest: number;
  highest: number;
  /** In milliseconds, and to the floor's of the same round: medians. */
  p99: number;
  p99Ratio: number;
  failed: number;
}

/** How to measure. */
export interface ThroughputOptions {
  connections: readonly number[];
  rounds: number;
  seconds: number;
  /** How many deliveries each receiver gets first, so that what is measured is compiled. */
  warmUp: number;
  onProgress: (text: string) => void;
}

/** Fires at all receivers in turn, round by round, so that a slow minute of the machine is slow for all. The first is the floor. */
export async function measureThroughput(
  receivers: readonly RunningReceiver[],
  { connections, rounds, seconds, warmUp, onProgress }: ThroughputOptions,
): Promise<Throughput[]> {
  for (const receiver of receivers) {
    onProgress(`warming up ${receiver.name}`);
    await fire(receiver, { connections: 50, amount: warmUp });
  }
  const results: Throughput[] = [];
  for (const count of connections) {
    const outcomes = receivers.map((): LoadOutcome[] => []);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, receiver] of receivers.entries()) {
        onProgress(`${count} connections, round ${round} of ${rounds}: ${receiver.name}`);
        outcomes[index]?.push(await fire(receiver, { connections: count, seconds }));
      }
    }
    const [floor = []] = outcomes;
    results.push(...receivers.map(({ name }, index) => summarize(name, count, { own: outcomes[index] ?? [], floor })));
  }
  return results;
}

function summarize(
  name: string,
  connections: number,
  { own, floor }: { own: readonly LoadOutcome[]; floor: readonly LoadOutcome[] },
): Throughput {
  const ratiosOf = (key: 'perSecond' | 'p99') =>
    own.map((outcome, round) => outcome[key] / (floor[round]?.[key] ?? Number.NaN));
  const ratios = ratiosOf('perSecond');
  return {
    name,
    connections,
    perSecond: median(own.map(({ perSecond }) => perSecond)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    p99: median(own.map(({ p99 }) => p99)),
    p99Ratio: median(ratiosOf('p99')),
    failed: own.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
