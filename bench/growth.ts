import { randomUUID } from 'node:crypto';
import { openDatabase } from '../src/store/database.ts';
import { sign, transitionBody } from './delivery.ts';
import { guardian, post, start, type RunningReceiver } from './receivers.ts';
import { fire, median } from './throughput.ts';

/** What a decision that asks the store costs, with so many approvals stored. */
export interface StoredCost {
  approvals: number;
  /** From sending to the answer, in milliseconds: the median. */
  decisionMs: number;
}

/** What happens with so many deliveries at once. */
export interface InFlightCost {
  connections: number;
  answered: number;
  /** Told to come back: 503, or a connection that was closed at once. */
  refused: number;
  p50: number;
  p99: number;
}

/** Stores more and more approvals of other issues, and asks about a move into a protected status each time. */
export async function measureStored(databaseUrl: string, steps: readonly number[]): Promise<StoredCost[]> {
  const running = await start(guardian('guardian', databaseUrl));
  const database = await openDatabase(databaseUrl, { onTrouble: () => {} });
  const costs: StoredCost[] = [];
  try {
    let stored = 0;
    for (const approvals of steps) {
      for (; stored < approvals; stored += 500) {
        const rows = Array.from({ length: Math.min(500, approvals - stored) }, (_, index) =>
          approvalRow(stored + index),
        );
        await database.insertInto('approvals').values(rows).execute();
      }
      costs.push({ approvals, decisionMs: await timeDecisions(running) });
    }
    return costs;
  } finally {
    await database.destroy();
    await running.stop();
  }
}

/** Asks over more and more connections at once. */
export async function measureInFlight(
  databaseUrl: string,
  steps: readonly number[],
  seconds: number,
): Promise<InFlightCost[]> {
  const running = await start(guardian('guardian', databaseUrl));
  const costs: InFlightCost[] = [];
  try {
    for (const connections of steps) {
      const { statuses, failed, p50, p99 } = await fire(running, { connections, seconds, moves: ['protected'] });
      costs.push({ connections, answered: statuses['200'] ?? 0, refused: failed, p50, p99 });
    }
    return costs;
  } finally {
    await running.stop();
  }
}

async function timeDecisions({ url, secret }: RunningReceiver): Promise<number> {
  const taken: number[] = [];
  for (let index = 0; index < 300; index += 1) {
    const shot = sign(transitionBody('protected', index), secret);
    const startedAt = performance.now();
    await post(url, shot);
    taken.push(performance.now() - startedAt);
  }
  // The first hundred warm up.
  return median(taken.slice(100));
}

function approvalRow(index: number) {
  return {
    id: randomUUID(),
    organization: '3',
    project_id: '7',
    project_key: null,
    issue_id: String(index),
    issue_key: `OLD-${index}`,
    approver: '["id:23"]',
    given_at: new Date().toISOString(),
    used_at: null,
    revoked_at: null,
  };
}
