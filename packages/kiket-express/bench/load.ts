// The load: a process of its own, on a core of its own. Fires the requested deliveries, and reports the answers.
import autocannon from 'autocannon';
import { sign, transitionBody } from './delivery.ts';

/** What to fire: one routine delivery over and over. */
export interface LoadOrder {
  url: string;
  secret: string;
  connections: number;
  /** How long to fire, or else how often. */
  seconds?: number;
  amount?: number;
}

/** The answers. */
export interface LoadOutcome {
  perSecond: number;
  /** Of the latencies, in milliseconds. */
  p99: number;
  /** Answers other than 200, and requests without an answer. */
  failed: number;
}

async function fire({ url, secret, connections, seconds, amount }: LoadOrder): Promise<LoadOutcome> {
  // autocannon's own percentiles are whole milliseconds.
  const times: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      url,
      connections,
      ...(amount === undefined ? { duration: seconds ?? 1 } : { amount }),
      requests: [{ method: 'POST' as const, ...sign(transitionBody(), secret) }],
    };
    const firing = autocannon(options, (error: unknown, results) => (error ? reject(error) : resolve(results)));
    firing.on('response', (_client, _status, _bytes, milliseconds) => void times.push(milliseconds));
  });
  const sorted = Float64Array.from(times).toSorted();
  const answered = result.statusCodeStats?.['200']?.count ?? 0;
  return {
    perSecond: result.requests.total / result.duration,
    p99: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0,
    failed: result.requests.total - answered + result.errors,
  };
}

process.on('message', (order: LoadOrder) => void fire(order).then((outcome) => process.send?.(outcome)));
