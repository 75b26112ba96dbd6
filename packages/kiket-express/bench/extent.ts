/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}

/** What the command line says. */
export interface BenchOptions {
  deliveries?: string | undefined;
  json: boolean;
  only: string;
  peer?: string | undefined;
  plot?: string | undefined;
  quick: boolean;
  rounds: string;
  seconds: string;
  secret?: string | undefined;
  url?: string | undefined;
}

/** How much is measured. */
export interface Extent {
  rounds: number;
  seconds: number;
  warmUp: number;
  starts: number;
  deliveries: number;
  soak: number;
  /** How long a guardian may finish what goes on behind its answers, in milliseconds. */
  settleMs: number;
  stored: readonly number[];
  inFlight: readonly number[];
  inFlightSeconds: number;
}

const quick: Extent = {
  rounds: 1,
  seconds: 0.3,
  warmUp: 200,
  starts: 1,
  deliveries: 500,
  soak: 500,
  settleMs: 500,
  stored: [0, 1_000],
  inFlight: [10, 100],
  inFlightSeconds: 0.3,
};

/** What the command line asks for. Throws a {@link UsageError} for numbers that are none. */
export function extentOf({ quick: isQuick, rounds, seconds, deliveries }: BenchOptions): Extent {
  const [often, long, many] = [rounds, seconds, deliveries ?? '1'].map(Number) as [number, number, number];
  if (!(often >= 1 && long > 0 && many >= 1)) {
    throw new UsageError('--rounds, --seconds and --deliveries are numbers above zero.');
  }
  if (isQuick) return quick;
  return {
    rounds: often,
    seconds: long,
    warmUp: 30_000,
    starts: 10,
    deliveries: Number(deliveries ?? 100_000),
    soak: Number(deliveries ?? 1_000_000),
    settleMs: 10_000,
    stored: [0, 1_000, 10_000, 100_000, 1_000_000],
    inFlight: [10, 100, 1_000, 10_000],
    inFlightSeconds: 4,
  };
}
