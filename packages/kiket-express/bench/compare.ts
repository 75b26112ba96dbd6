import { fire } from './fire.ts';
import type { LoadOutcome } from './load.ts';
import { readCpuSeconds, readInstalledMiB, readMemory } from './needs.ts';
import { start, startNothing, type Receiver, type RunningReceiver } from './receivers.ts';

/** What one receiver needs and how fast it is. Ratios are to the first receiver in the same round: medians. */
export interface Comparison {
  name: string;
  /** Deliveries per second as a share of the floor's, by the number of connections. */
  ratios: Record<number, number>;
  /** The 99th percentile, in multiples of the floor's, by the number of connections. */
  p99s: Record<number, number>;
  /** From spawn to the first signed 200, in multiples of `node -e 0` of the same round. */
  start: number;
  startMs: number;
  /** Resident memory after the deliveries, in MiB. */
  residentMiB: number;
  /** Processor time for 100,000 deliveries. */
  cpuSeconds: number;
  installedMiB: number;
}

/** How much is measured. */
export interface CompareOptions {
  rounds: number;
  seconds: number;
  starts: number;
  deliveries: number;
  onProgress: (text: string) => void;
}

/** As many as Kiket opens, and ten times as many. */
export const connectionCounts = [5, 50];

/** Measures all receivers in turn, round by round, so that a slow minute of the machine is slow for all. */
export async function compare(receivers: readonly Receiver[], options: CompareOptions): Promise<Comparison[]> {
  const starts = await measureStarts(receivers, options);
  const running: RunningReceiver[] = [];
  try {
    for (const receiver of receivers) running.push(await start(receiver));
    const needs = await measureNeeds(running, options);
    const speeds = await measureSpeeds(running, options);
    return receivers.map(({ name, folder }, index) => ({
      name,
      ratios: {},
      p99s: {},
      start: Number.NaN,
      startMs: Number.NaN,
      residentMiB: Number.NaN,
      cpuSeconds: Number.NaN,
      ...starts[index],
      ...needs[index],
      ...speeds[index],
      installedMiB: readInstalledMiB(folder),
    }));
  } finally {
    for (const receiver of running) await receiver.stop();
  }
}

async function measureStarts(receivers: readonly Receiver[], { starts, onProgress }: CompareOptions) {
  const taken = receivers.map((): number[] => []);
  const nothing: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    nothing.push(await startNothing());
    for (const [index, receiver] of receivers.entries()) {
      onProgress(`start ${round + 1} of ${starts}: ${receiver.name}`);
      const running = await start(receiver);
      taken[index]?.push(running.startedInMs);
      await running.stop();
    }
  }
  return taken.map((own) => ({ start: medianRatio(own, nothing), startMs: median(own) }));
}

/** It is also what warms them up: what is measured later is compiled. */
async function measureNeeds(running: readonly RunningReceiver[], { deliveries, onProgress }: CompareOptions) {
  const needs: Pick<Comparison, 'residentMiB' | 'cpuSeconds'>[] = [];
  for (const receiver of running) {
    onProgress(`${deliveries} deliveries to ${receiver.name}`);
    const before = readCpuSeconds(receiver.pid);
    await fireOrThrow(receiver, { connections: 50, amount: deliveries });
    const used = readCpuSeconds(receiver.pid) - before;
    needs.push({ residentMiB: readMemory(receiver.pid), cpuSeconds: (used / deliveries) * 100_000 });
  }
  return needs;
}

async function measureSpeeds(running: readonly RunningReceiver[], { rounds, seconds, onProgress }: CompareOptions) {
  const speeds = running.map((): Pick<Comparison, 'ratios' | 'p99s'> => ({ ratios: {}, p99s: {} }));
  for (const connections of connectionCounts) {
    const outcomes = running.map((): LoadOutcome[] => []);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, receiver] of running.entries()) {
        onProgress(`${connections} connections, round ${round} of ${rounds}: ${receiver.name}`);
        outcomes[index]?.push(await fireOrThrow(receiver, { connections, seconds }));
      }
    }
    const all = (key: 'perSecond' | 'p99', index: number) => (outcomes[index] ?? []).map((outcome) => outcome[key]);
    for (const [index, { ratios, p99s }] of speeds.entries()) {
      ratios[connections] = medianRatio(all('perSecond', index), all('perSecond', 0));
      p99s[connections] = medianRatio(all('p99', index), all('p99', 0));
    }
  }
  return speeds;
}

async function fireOrThrow(receiver: RunningReceiver, shots: Parameters<typeof fire>[1]): Promise<LoadOutcome> {
  const outcome = await fire(receiver, shots);
  if (outcome.failed === 0) return outcome;
  throw new Error(`${receiver.name}: ${outcome.failed} deliveries were not answered with 200.`);
}

function medianRatio(own: readonly number[], floor: readonly number[]): number {
  return median(own.map((value, round) => value / (floor[round] ?? Number.NaN)));
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
