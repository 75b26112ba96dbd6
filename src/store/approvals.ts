import { randomUUID } from 'node:crypto';
import type { IssueReference } from '../kiket/delivery.ts';
import { isSamePerson, type Person } from '../kiket/person.ts';
import type { Database } from './database.ts';
import { aboutIssue, issueColumns } from './place.ts';
import type { Approval, Approvals } from './store.ts';

/** Keeps approvals in the database. */
export function createApprovals(database: Database): Approvals {
  async function findOpen(issue: IssueReference, from: Database): Promise<readonly Approval[]> {
    const rows = await from
      .selectFrom('approvals')
      .select(['id', 'approver', 'given_at'])
      .where((eb) => aboutIssue(eb, issue))
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .orderBy('given_at')
      .orderBy('id')
      .execute();
    return rows.map(readApproval);
  }

  return {
    list: async (issue) => oneForEach(await findOpen(issue, database)),

    give: (issue, approver, now) =>
      database.transaction().execute(async (transaction) => {
        const open = await findOpen(issue, transaction);
        if (open.some((approval) => isSamePerson(approval.approver, approver))) return oneForEach(open);
        await transaction
          .insertInto('approvals')
          .values({
            id: randomUUID(),
            ...issueColumns(issue),
            approver: JSON.stringify(approver),
            given_at: now.toISOString(),
          })
          .execute();
        return oneForEach(await findOpen(issue, transaction));
      }),

    revoke: (issue, approver, now) =>
      database.transaction().execute(async (transaction) => {
        const open = await findOpen(issue, transaction);
        const own = open.filter((approval) => isSamePerson(approval.approver, approver)).map(({ id }) => id);
        if (own.length === 0) return 0;
        await transaction
          .updateTable('approvals')
          .set({ revoked_at: now.toISOString() })
          .where('id', 'in', own)
          .execute();
        return own.length;
      }),

    use: (issue, givenUntil, now) =>
      database.transaction().execute(async (transaction) => {
        const used = await transaction
          .updateTable('approvals')
          .set({ used_at: now.toISOString() })
          .where((eb) => aboutIssue(eb, issue))
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null)
          .where('given_at', '<=', givenUntil.toISOString())
          .returning(['id', 'approver', 'given_at'])
          .execute();
        const inOrder = used.toSorted((one, other) => (one.given_at < other.given_at ? -1 : 1));
        return oneForEach(inOrder.map(readApproval));
      }),
  };
}

function readApproval(row: { id: string; approver: string; given_at: string }): Approval {
  return { id: row.id, approver: JSON.parse(row.approver) as Person, givenAt: new Date(row.given_at) };
}

/** The first approval of each person: one that is given twice at the same moment on two instances is kept twice. */
function oneForEach(approvals: readonly Approval[]): readonly Approval[] {
  return approvals.filter(
    ({ approver }, index) => !approvals.slice(0, index).some((earlier) => isSamePerson(earlier.approver, approver)),
  );
}
