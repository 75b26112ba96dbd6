// Runs in a process of its own, on a core of its own: fires what comes in on standard input, prints what came back.
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { Shot } from './delivery.ts';

/** What to fire. */
export interface LoadOrder {
  url: string;
  connections: number;
  /** How long to fire, or else how often. */
  seconds?: number;
  amount?: number;
  /** Sent in turn, over and over. */
  shots: Shot[];
}

/** What came back. Latencies in milliseconds. */
export interface LoadOutcome {
  perSecond: number;
  p50: number;
  p99: number;
  /** Answers that were no 200, and requests without an answer. */
  failed: number;
  /** Answers by status. */
  statuses: Record<string, number>;
}

const { url, connections, seconds, amount, shots } = JSON.parse(await text(process.stdin)) as LoadOrder;
// autocannon's own percentiles are whole milliseconds.
const times: number[] = [];
const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const options = {
    url,
    connections,
    ...(amount === undefined ? { duration: seconds ?? 1 } : { amount }),
    requests: shots.map(({ body, headers }) => ({ method: 'POST' as const, body, headers })),
  };
  const firing = autocannon(options, (error: unknown, results) => (error ? reject(error) : resolve(results)));
  firing.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
});
const sorted = Float64Array.from(times).toSorted();
const percentile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
const outcome: LoadOutcome = {
  perSecond: result.requests.total / result.duration,
  p50: percentile(0.5),
  p99: percentile(0.99),
  failed: result.non2xx + result.errors + result.timeouts,
  statuses: Object.fromEntries(
    Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]) => [status, count ?? 0]),
  ),
};
process.stdout.write(JSON.stringify(outcome));
