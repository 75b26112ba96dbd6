// The load: a process of its own, on a core of its own. Fires the requested deliveries, and reports the answers.
import autocannon from 'autocannon';
import { sign, transitionBody, type Move } from './delivery.ts';

/** What to fire. */
export interface LoadOrder {
  url: string;
  secret: string;
  connections: number;
  /** How long to fire, or else how often. */
  seconds?: number;
  amount?: number;
  /** Sent in turn. */
  moves: readonly Move[];
  /** The numbers of the deliveries, which are sent in turn, over and over. */
  from: number;
  different: number;
}

/** The answers. Latencies in milliseconds. */
export interface LoadOutcome {
  perSecond: number;
  /** Of answers that were 200. */
  p50: number;
  p99: number;
  /** Of answers that were not. */
  refusedP99: number;
  /** Answers other than 200, and requests without an answer. */
  failed: number;
  /** Answers by status. */
  statuses: Record<string, number>;
}

async function fire({ url, secret, connections, seconds, amount, ...what }: LoadOrder): Promise<LoadOutcome> {
  const { moves, from, different } = what;
  const requests = Array.from({ length: different }, (_, index) => {
    const body = transitionBody(moves[index % moves.length] ?? 'routine', from + index);
    return { method: 'POST' as const, ...sign(body, secret) };
  });
  let client = 0;
  // autocannon's own percentiles are whole milliseconds, and of all answers.
  const [times, refusedTimes]: [number[], number[]] = [[], []];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      url,
      connections,
      ...(amount === undefined ? { duration: seconds ?? 1 } : { amount }),
      requests: requests.slice(0, 1),
      // Each connection has its share of them, because autocannon renders everything it gets for each.
      setupClient: (one: autocannon.Client) => {
        const share = requests.filter((_, index) => index % connections === client % different);
        client += 1;
        one.setRequests(share);
      },
    };
    const firing = autocannon(options, (error: unknown, results) => (error ? reject(error) : resolve(results)));
    firing.on('response', (_client, status, _bytes, milliseconds) => {
      (status === 200 ? times : refusedTimes).push(milliseconds);
    });
  });
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]) => [status, count ?? 0]);
  return {
    perSecond: result.requests.total / result.duration,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    refusedP99: percentile(refusedTimes, 0.99),
    failed: refusedTimes.length + result.errors,
    statuses: Object.fromEntries(statuses) as Record<string, number>,
  };
}

function percentile(times: readonly number[], share: number): number {
  const sorted = Float64Array.from(times).toSorted();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

process.on('message', (order: LoadOrder) => void fire(order).then((outcome) => process.send?.(outcome)));
