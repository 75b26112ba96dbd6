import { sql } from 'kysely';
import { DeliveryError } from '../kiket/errors.ts';
import { createApprovals } from './approvals.ts';
import { openDatabase } from './database.ts';
import { createDecisions, type RecorderEvents } from './decisions.ts';
import { createDeliveries } from './deliveries.ts';
import { migrate } from './migrations.ts';
import type { Store } from './store.ts';

/**
 * Opens the store at a database URL and brings its tables up to date.
 * Throws a `SetupError` for a URL that cannot be opened.
 */
export async function openStore(url: string, events: RecorderEvents): Promise<Store> {
  const database = openDatabase(url);
  await migrate(database);
  const approvals = createApprovals(database);
  const decisions = createDecisions(database, events);
  const deliveries = createDeliveries(database);
  return {
    approvals: {
      list: (issue) => attempt(() => approvals.list(issue)),
      give: (issue, approver, now) => attempt(() => approvals.give(issue, approver, now)),
      revoke: (issue, approver, now) => attempt(() => approvals.revoke(issue, approver, now)),
      use: (issue, givenUntil, now) => attempt(() => approvals.use(issue, givenUntil, now)),
    },
    decisions: {
      record: decisions.record,
      count: (project, since) => attempt(() => decisions.count(project, since)),
    },
    deliveries: {
      claim: (delivery, now) => attempt(() => deliveries.claim(delivery, now)),
      complete: (claim, answer) => attempt(() => deliveries.complete(claim, answer)),
      release: (claim) => attempt(() => deliveries.release(claim)),
    },
    ping: () =>
      attempt(async () => {
        await sql`select 1`.execute(database);
      }),
    close: async () => {
      await decisions.flush();
      await database.destroy();
    },
  };
}

/** Whatever a database says, to a delivery it means that the store cannot be reached. The log has the cause. */
async function attempt<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw new DeliveryError('store_unavailable', { cause: error });
  }
}
