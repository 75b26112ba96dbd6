import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { startBuilt } from './builtServer.ts';
import { deliver, moveToDone, press, type User } from './deliver.ts';

/** How many people approve at once until the server is killed. */
const approvers: User[] = Array.from({ length: 20 }, (_each, index) => ({
  id: 100 + index,
  email: `approver${index}@example.com`,
}));

/**
 * Many people approve an issue, and the server is killed after a few of them got their answer. Whoever got it counts,
 * once, when the server is started again; nobody counts who did not approve.
 */
export async function expectApprovalsToSurviveAKill(databaseUrl: string, issueId: number): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, KIKET_SETTING_REQUIRED_APPROVALS: '10' };
  const killed = await startBuilt(env);
  const killAfter = randomInt(1, approvers.length);
  const acknowledged: User[] = [];
  const approve = async (user: User) => {
    // The connection of whoever is on the way breaks.
    const answer = await deliver(killed.url, press('approve_transition', user, issueId)).catch(() => undefined);
    if (answer === undefined) return;
    expect(answer).toMatchObject({ status: 200, body: { status: 'success' } });
    acknowledged.push(user);
    if (acknowledged.length === killAfter) killed.child.kill('SIGKILL');
  };
  await Promise.all(approvers.map(approve));
  await killed.finished;
  expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);

  const { url, child, finished } = await startBuilt(env);
  const counts = new Set<number>();
  for (const user of acknowledged) {
    // Who has approved already changes nothing by doing so again.
    const again = await deliver(url, press('approve_transition', user, issueId));
    counts.add((again.body['data'] as { approvals_given: number }).approvals_given);
  }
  const [given = 0, ...others] = counts;
  expect(others, `killed after ${killAfter}`).toEqual([]);
  expect(given).toBeGreaterThanOrEqual(acknowledged.length);
  const move = await deliver(url, moveToDone(issueId));
  expect(move.body).toMatchObject({ metadata: { approvals_given: given } });
  child.kill('SIGKILL');
  await finished;
}
