import { hash } from 'node:crypto';
import type { IssueReference } from '../delivery.ts';
import type { Database, Tables } from './database.ts';
import type { Person } from '../approvals/person.ts';
import { changeOnce } from './deliveries.ts';
import { compareIssues, findNames } from './names.ts';
import { findPeople } from './people.ts';
import { aboutIssue, issueColumns, mayBeAboutIssue, placeColumns, placeOfRow } from './place.ts';
import type { DecisionReason, DecisionStatus, DeliveryKeys, PastDecision, WaitingMoves } from './store.ts';

/** How many decisions of one issue are returned: enough to see what delayed a move, however often it was tried. */
export const historyLimit = 20;

const columns = ['id', 'status', 'failure', 'reasons', 'from_status', 'to_status', 'decided_at'] as const;

/** Marks an issue's decisions until then as used, once for a delivery, and returns the latest ones, oldest first. */
export async function useDecisions(
  database: Database,
  issue: IssueReference,
  { decidedUntil, now, delivery }: { decidedUntil: Date; now: Date; delivery?: DeliveryKeys | undefined },
): Promise<readonly PastDecision[]> {
  const known = await findNames(database, issue);
  const name = `decisions:${hash('sha256', JSON.stringify(issueColumns(issue)))}`;
  const rows = await changeOnce(database, { delivery, name, now }, async (transaction) => {
    const open = transaction
      .selectFrom('decisions')
      .select('id')
      .where((eb) => aboutIssue(eb, known))
      .where('used_at', 'is', null)
      // Rows of older versions have no reasons, and their move is unknown.
      .where('reasons', 'is not', null)
      .where('decided_at', '<=', decidedUntil.toISOString());
    const mark = transaction
      .updateTable('decisions')
      .set({ used_at: now.toISOString() })
      // Once more, for a run that waited for another one.
      .where('used_at', 'is', null);
    const latest = await mark
      .where('id', 'in', open.orderBy('decided_at', 'desc').orderBy('id', 'desc').limit(historyLimit))
      .returning(columns)
      .execute();
    if (latest.length === historyLimit) await mark.where('id', 'in', open).execute();
    return latest;
  });
  return rows.map(readDecision).toSorted((one, other) => one.decidedAt.getTime() - other.decidedAt.getTime());
}

/** How many of the latest decisions are checked: enough for a hint. */
const waitingLimit = 50;

/** Who wanted to move an issue since a time and couldn't yet, among the latest decisions. */
export async function findWaiting(database: Database, issue: IssueReference, since: Date): Promise<WaitingMoves> {
  const known = await findNames(database, issue);
  const rows = await database
    .selectFrom('decisions')
    .select([...placeColumns, 'mover', 'to_status'])
    .where('decided_at', '>=', since.toISOString())
    .where('status', '!=', 'allow')
    .where('used_at', 'is', null)
    .where((eb) => mayBeAboutIssue(eb, known))
    .orderBy('decided_at', 'desc')
    .limit(waitingLimit)
    .execute();
  const moves: { mover: Person; to: string }[] = [];
  let isUnclear = false;
  for (const row of rows) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const likeness = compareIssues(known, await findNames(database, placeOfRow(row)));
    if (likeness === 'same') moves.push({ mover: JSON.parse(row.mover ?? '[]') as Person, to: row.to_status });
    isUnclear ||= likeness === 'unclear';
  }
  const knownAs = await findPeople(
    database,
    moves.map(({ mover }) => mover),
  );
  return { moves: moves.map(({ mover, to }) => ({ mover: knownAs(mover), to })), isUnclear };
}

function readDecision(row: Pick<Tables['decisions'], (typeof columns)[number]>): PastDecision {
  return {
    id: row.id,
    status: row.status as DecisionStatus,
    failure: row.failure ?? undefined,
    reasons: JSON.parse(row.reasons ?? '[]') as DecisionReason[],
    from: row.from_status ?? undefined,
    to: row.to_status,
    decidedAt: new Date(row.decided_at),
  };
}
