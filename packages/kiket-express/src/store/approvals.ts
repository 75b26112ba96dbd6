import { hash, randomUUID } from 'node:crypto';
import type { Person } from '../approvals/person.ts';
import { isSameStatus } from '../text/status.ts';
import type { Database, Tables } from './database.ts';
import { compareIssues, findNames, isAmbiguous, keepNames, type KnownIssue } from './names.ts';
import { findPeople, keepPeople, learnPerson, type KnownAs } from './people.ts';
import { aboutIssue, issueColumns, mayBeAboutIssue, placeColumns, placeOfRow } from './place.ts';
import { WriteConflict, retryConflicts } from './conflict.ts';
import { doOnce } from './steps.ts';
import type { Approval, Approvals, DeliveryKeys } from './store.ts';

const columns = ['id', 'approver', 'given_at', 'bound_to'] as const;

type BoundRow = Pick<Tables['approvals'], 'bound_to'>;

/** A row as it is read, and as a step keeps it. */
type ApprovalRow = Pick<Tables['approvals'], (typeof columns)[number]>;

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
    return retryConflicts(() =>
      database.transaction().execute((transaction) => {
        if (delivery === undefined || delivery.keys.length === 0) return work(transaction);
        const step = { delivery, name: `approvals:${hash('sha256', JSON.stringify(name))}`, now };
        return doOnce(transaction, step, () => work(transaction));
      }),
    );
  }

  async function read(rows: readonly ApprovalRow[]): Promise<readonly Approval[]> {
    const knownAs = await findPeople(database, rows.map(approverOf));
    return readApprovals(rows, knownAs);
  }

  return {
    list: async (issue, now) => {
      const known = await findNames(database, issue, now);
      return read(await findOpen(database, known));
    },

    give: async (issue, approver, now) => {
      const known = await findNames(database, issue, now);
      await learnPerson(database, { person: approver, now });
      const open = await change({ name: ['give', issueColumns(issue), approver], now }, async (transaction) => {
        if (isAmbiguous(known)) return [];
        const before = await findOpen(transaction, known);
        const knownAs = await findPeople(transaction, [approver, ...before.map(approverOf)]);
        const person = new Set(knownAs(approver));
        // One that has let a move through is as good as used: giving another one is for the next move.
        const own = before.find((row) => row.bound_to === null && approverOf(row).some((each) => person.has(each)));
        await keepNames(transaction, known, now);
        await keepPeople(transaction, { person: [...person], now });
        if (own !== undefined) return before;
        const row = { id: randomUUID(), approver: JSON.stringify(approver), given_at: now.toISOString() };
        await transaction
          .insertInto('approvals')
          .values({ ...row, ...issueColumns(issue) })
          .execute();
        return findOpen(transaction, known);
      });
      return read(open);
    },

    revoke: async (issue, approver, now) => {
      const known = await findNames(database, issue, now);
      await learnPerson(database, { person: approver, now });
      return change({ name: ['revoke', issueColumns(issue), approver], now }, async (transaction) => {
        const open = await findOpen(transaction, known);
        const knownAs = await findPeople(transaction, [approver]);
        const person = new Set(knownAs(approver));
        const own = open.filter((row) => approverOf(row).some((each) => person.has(each))).map(({ id }) => id);
        if (own.length === 0) return 0;
        await transaction
          .updateTable('approvals')
          .set({ revoked_at: now.toISOString() })
          .where('id', 'in', own)
          .execute();
        return own.length;
      });
    },

    bind: async (ids, to, now) => {
      const bindOne = async (within: Database, id: string) => {
        const { numUpdatedRows } = await within
          .updateTable('approvals')
          .set((eb) => ({ bound_to: to, bound_at: eb.fn.coalesce('bound_at', eb.val(now.toISOString())) }))
          .where('id', '=', id)
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null)
          .where((eb) => eb.or([eb('bound_to', 'is', null), eb('bound_to', '=', to)]))
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) throw new WriteConflict();
      };
      const [only = '', ...others] = ids;
      try {
        if (others.length === 0) await bindOne(database, only);
        else {
          await database.transaction().execute(async (transaction) => {
            // In one order everywhere, so that two moves never wait for each other.
            // oxlint-disable-next-line no-await-in-loop -- one connection
            for (const id of ids.toSorted()) await bindOne(transaction, id);
          });
        }
        return true;
      } catch (error) {
        if (error instanceof WriteConflict) return false;
        throw error;
      }
    },

    use: async (issue, { givenUntil, now, isTold = true, boundTo }) => {
      const known = await findNames(database, issue, now);
      const name = ['use', issueColumns(issue), ...(boundTo === undefined ? [] : [boundTo])];
      const used = await change({ name, now }, async (transaction) => {
        const isMeant = (row: BoundRow) => boundTo === undefined || isSameStatus(row.bound_to ?? '', boundTo);
        const unclear = await findUnclear(transaction, known, isMeant);
        const open = transaction
          .updateTable('approvals')
          .set({ used_at: now.toISOString(), untold: isTold ? null : 'yes' })
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null);
        const meant = boundTo === undefined ? [] : (await findOpen(transaction, known)).filter(isMeant);
        const rows = await open
          .where((eb) => aboutIssue(eb, known))
          // No approval is called '', but a list has to have something in it.
          .$if(boundTo !== undefined, (query) => query.where('id', 'in', ['', ...meant.map(({ id }) => id)]))
          .where((eb) => eb.or([eb('given_at', '<=', givenUntil.toISOString()), eb('bound_to', 'is not', null)]))
          .returning([...columns])
          .execute();
        if (unclear.length > 0) await open.where('id', 'in', unclear).execute();
        const earlier = isTold ? await tellUntold(transaction, known) : [];
        return [...earlier, ...rows].toSorted((one, other) => (one.given_at < other.given_at ? -1 : 1));
      });
      return read(used);
    },
  };
}

function findOpen(database: Database, known: KnownIssue): Promise<ApprovalRow[]> {
  return database
    .selectFrom('approvals')
    .select([...columns])
    .where((eb) => aboutIssue(eb, known))
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .orderBy('given_at')
    .orderBy('id')
    .execute();
}

/**
 * Approvals that have let a move through, which may be the move of this issue: Kiket names the issue so differently that
 * nobody can tell. Those that certainly belong to another issue are not among them.
 */
async function findUnclear(
  database: Database,
  known: KnownIssue,
  isMeant: (row: BoundRow) => boolean,
): Promise<string[]> {
  const bound = await database
    .selectFrom('approvals')
    .select(['id', 'bound_to', ...placeColumns])
    .where('bound_at', 'is not', null)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where((eb) => mayBeAboutIssue(eb, known))
    .execute();
  const unclear: string[] = [];
  for (const row of bound.filter(isMeant)) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const likeness = compareIssues(known, await findNames(database, placeOfRow(row)));
    if (likeness === 'unclear') unclear.push(row.id);
  }
  return unclear;
}

/** Approvals that an earlier notice of the same move has used without telling anybody. */
function tellUntold(database: Database, known: KnownIssue): Promise<ApprovalRow[]> {
  return database
    .updateTable('approvals')
    .set({ untold: null })
    .where((eb) => aboutIssue(eb, known))
    .where('untold', 'is not', null)
    .returning([...columns])
    .execute();
}

function approverOf({ approver }: Pick<ApprovalRow, 'approver'>): Person {
  return JSON.parse(approver) as Person;
}

/**
 * The first approval of each person, but before it one that has let no move through: one that is given twice at the same
 * moment on two instances is kept twice.
 */
function readApprovals(rows: readonly ApprovalRow[], knownAs: KnownAs): readonly Approval[] {
  const seen = new Set<string>();
  const approvals: Approval[] = [];
  for (const row of rows) {
    const approver = knownAs(approverOf(row));
    const keys = approver.map((identifier) => JSON.stringify([row.bound_to, identifier]));
    const isRepeat = keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    if (isRepeat) continue;
    approvals.push({ id: row.id, approver, givenAt: new Date(row.given_at), boundTo: row.bound_to ?? undefined });
  }
  return approvals;
}
