import { hash, randomUUID } from 'node:crypto';
import type { IssueReference } from '../receive/delivery.ts';
import { isSamePerson, type Person } from '../approvals/person.ts';
import type { Database, Tables } from './database.ts';
import { aboutIssue, issueColumns } from './place.ts';
import { retryLostRace } from './race.ts';
import { doOnce } from './steps.ts';
import type { Approval, Approvals, DeliveryKeys } from './store.ts';

/** A row as it is read, and as a step keeps it. */
type ApprovalRow = Pick<Tables['approvals'], 'id' | 'approver' | 'given_at'>;

/**
 * Keeps approvals in the database.
 *
 * @param delivery whose changes happen once, however often its handler runs
 */
export function createApprovals(database: Database, delivery?: DeliveryKeys): Approvals {
  function change<Result>(
    { name, now }: { name: readonly unknown[]; now: Date },
    work: (transaction: Database) => Promise<Result>,
  ): Promise<Result> {
    return retryLostRace(() =>
      database.transaction().execute((transaction) => {
        if (delivery === undefined || delivery.keys.length === 0) return work(transaction);
        const step = { delivery, name: `approvals:${hash('sha256', JSON.stringify(name))}`, now };
        return doOnce(transaction, step, () => work(transaction));
      }),
    );
  }

  return {
    list: async (issue) => readApprovals(await findOpen(database, issue)),

    give: async (issue, approver, now) => {
      const open = await change({ name: ['give', issueColumns(issue), approver], now }, async (transaction) => {
        const before = await findOpen(transaction, issue);
        if (readApprovals(before).some((approval) => isSamePerson(approval.approver, approver))) return before;
        const row = { id: randomUUID(), approver: JSON.stringify(approver), given_at: now.toISOString() };
        await transaction
          .insertInto('approvals')
          .values({ ...row, ...issueColumns(issue) })
          .execute();
        return findOpen(transaction, issue);
      });
      return readApprovals(open);
    },

    revoke: (issue, approver, now) =>
      change({ name: ['revoke', issueColumns(issue), approver], now }, async (transaction) => {
        const open = (await findOpen(transaction, issue)).map(readApproval);
        const own = open.filter((approval) => isSamePerson(approval.approver, approver)).map(({ id }) => id);
        if (own.length === 0) return 0;
        await transaction
          .updateTable('approvals')
          .set({ revoked_at: now.toISOString() })
          .where('id', 'in', own)
          .execute();
        return own.length;
      }),

    use: async (issue, givenUntil, now) => {
      const used = await change({ name: ['use', issueColumns(issue)], now }, async (transaction) => {
        const rows = await transaction
          .updateTable('approvals')
          .set({ used_at: now.toISOString() })
          .where((eb) => aboutIssue(eb, issue))
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null)
          .where('given_at', '<=', givenUntil.toISOString())
          .returning(['id', 'approver', 'given_at'])
          .execute();
        return rows.toSorted((one, other) => (one.given_at < other.given_at ? -1 : 1));
      });
      return readApprovals(used);
    },
  };
}

function findOpen(database: Database, issue: IssueReference): Promise<ApprovalRow[]> {
  return database
    .selectFrom('approvals')
    .select(['id', 'approver', 'given_at'])
    .where((eb) => aboutIssue(eb, issue))
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .orderBy('given_at')
    .orderBy('id')
    .execute();
}

function readApproval({ id, approver, given_at: givenAt }: ApprovalRow): Approval {
  return { id, approver: JSON.parse(approver) as Person, givenAt: new Date(givenAt) };
}

/** The first approval of each person: one that is given twice at the same moment on two instances is kept twice. */
function readApprovals(rows: readonly ApprovalRow[]): readonly Approval[] {
  const approvals = rows.map(readApproval);
  return approvals.filter(
    ({ approver }, index) => !approvals.slice(0, index).some((earlier) => isSamePerson(earlier.approver, approver)),
  );
}
