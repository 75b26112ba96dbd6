import { randomUUID } from 'node:crypto';
import { openDatabase } from '../src/store/database.ts';
import { sign, transitionBody } from './delivery.ts';
import { guardian, post, start, type RunningReceiver } from './receivers.ts';
import { fire } from './fire.ts';
import { median } from './compare.ts';

/** What a decision that asks the store costs, with so many approvals stored, and as many identities and aliases. */
export interface StoredCost {
  approvals: number;
  /** From sending to the answer, in milliseconds: the median. */
  decisionMs: number;
}

/** What happens with so many deliveries at once. */
export interface InFlightCost {
  connections: number;
  answered: number;
  /** In milliseconds, of those. */
  p50: number;
  p99: number;
  /** Rejected with 503. */
  refused: number;
  /** In milliseconds, of those. */
  refusedP99: number;
}

/** Stores more and more approvals of other issues by other people, and asks about a move into a protected status each time. */
export async function measureStored(databaseUrl: string, steps: readonly number[]): Promise<StoredCost[]> {
  const running = await start(guardian('guardian', databaseUrl));
  const database = await openDatabase(databaseUrl, { onTrouble: () => {} });
  const costs: StoredCost[] = [];
  try {
    let stored = 0;
    // Warms up.
    await timeDecisions(running, -1);
    for (const [step, approvals] of steps.entries()) {
      for (; stored < approvals; stored += 500) {
        const numbers = Array.from({ length: Math.min(500, approvals - stored) }, (_, index) => stored + index);
        await database.insertInto('approvals').values(numbers.map(approvalRow)).execute();
        await database.insertInto('aliases').values(numbers.map(aliasRow)).execute();
        await database.insertInto('people').values(numbers.flatMap(personRows)).execute();
      }
      costs.push({ approvals, decisionMs: await timeDecisions(running, step) });
    }
    return costs;
  } finally {
    await database.destroy();
    await running.stop();
  }
}

/** How many deliveries of a step are different; each is about an issue of its own. */
const different = 2_000;

/** Asks over more and more connections at once. */
export async function measureInFlight(
  databaseUrl: string,
  steps: readonly number[],
  seconds: number,
): Promise<InFlightCost[]> {
  const running = await start(guardian('guardian', databaseUrl));
  const costs: InFlightCost[] = [];
  try {
    for (const [step, connections] of steps.entries()) {
      const what = { moves: ['protected'], from: step * different, different } as const;
      const { statuses, p50, p99, refusedP99 } = await fire(running, { connections, seconds, ...what });
      costs.push({ connections, answered: statuses['200'] ?? 0, p50, p99, refused: statuses['503'] ?? 0, refusedP99 });
    }
    return costs;
  } finally {
    await running.stop();
  }
}

/** Asks about moves of so many issues, each for the first time. */
const moves = 300;

async function timeDecisions({ url, secret }: RunningReceiver, step: number): Promise<number> {
  const taken: number[] = [];
  for (let index = 0; index < moves; index += 1) {
    const shot = sign(transitionBody('protected', step * moves + index), secret);
    const startedAt = performance.now();
    const status = await post(url, shot);
    if (status !== 200) throw new Error(`A decision was answered with ${status}.`);
    taken.push(performance.now() - startedAt);
  }
  return median(taken);
}

function approvalRow(index: number) {
  return {
    id: randomUUID(),
    organization: '3',
    project_id: '7',
    project_key: null,
    issue_id: String(index),
    issue_key: `OLD-${index}`,
    approver: JSON.stringify([`id:${100_000 + index}`]),
    given_at: new Date().toISOString(),
    used_at: null,
    revoked_at: null,
  };
}

/** That the issue's key and its id belong together. */
function aliasRow(index: number) {
  const [alias, id] = [`OLD-${index}`, String(index)];
  const seenAt = new Date().toISOString();
  return { id: randomUUID(), organization: '3', kind: 'issue', alias, other_id: id, seen_at: seenAt };
}

/** That the approver's id and email address belong together. */
function personRows(index: number) {
  const [one, other] = [`id:${100_000 + index}`, `email:person${index}@example.com`];
  const seenAt = new Date().toISOString();
  return [
    { id: randomUUID(), one, other, seen_at: seenAt },
    { id: randomUUID(), one: other, other: one, seen_at: seenAt },
  ];
}
