import { hash, randomUUID } from 'node:crypto';
import type { Person } from '../approvals/person.ts';
import { isSameStatus } from '../text/status.ts';
import { shorten } from '../text/shorten.ts';
import { isPresent } from '../text/values.ts';
import type { IssueReference } from '../delivery.ts';
import type { Database, Tables } from './database.ts';
import { compareIssues, findNames, isAmbiguous, keepNames, type KnownIssue } from './names.ts';
import { findPeople, keepPeople, learnPerson, type KnownAs } from './people.ts';
import { WriteConflict } from './conflict.ts';
import { aboutIssue, inProject, issueColumns, mayBeAboutIssue, placeColumns, placeOfRow } from './place.ts';
import { findLatest } from './prune.ts';
import { messageLength } from './reasons.ts';
import { changeOnce } from './deliveries.ts';
import type { Approval, Approvals, DeliveryKeys, FieldMarks } from './store.ts';

const columns = ['id', 'approver', 'given_at', 'bound_to', 'fields', 'overridden_by', 'reason'] as const;

type BoundRow = Pick<Tables['approvals'], 'bound_to' | 'given_at'>;

/** A row as it's read, and as a step stores it. */
type ApprovalRow = Pick<Tables['approvals'], (typeof columns)[number]>;

/**
 * Stores approvals in the database.
 *
 * @param delivery whose changes take effect once, however often its handler runs
 */
export function createApprovals(database: Database, delivery?: DeliveryKeys): Approvals {
  function change<Result>(
    { name, now }: { name: readonly unknown[]; now: Date },
    work: (transaction: Database) => Promise<Result>,
  ): Promise<Result> {
    return changeOnce(database, { delivery, name: `approvals:${hash('sha256', JSON.stringify(name))}`, now }, work);
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

    give: async (issue, approver, now, { fields } = {}) => {
      const marks = fields === undefined ? null : JSON.stringify(fields);
      const known = await findNames(database, issue, now);
      await learnPerson(database, { person: approver, now });
      const open = await change({ name: ['give', issueColumns(issue), approver], now }, async (transaction) => {
        if (isAmbiguous(known)) return [];
        const before = await findOpen(transaction, known);
        const knownAs = await findPeople(transaction, [approver, ...before.map(approverOf)]);
        const person = new Set(knownAs(approver));
        // An approval that let a move through is as good as used. A new one is for the next move.
        const own = before.findLast((row) => row.bound_to === null && approverOf(row).some((each) => person.has(each)));
        await keepNames(transaction, known, now);
        await keepPeople(transaction, { person: [...person], now });
        // Another instance's clock may be ahead.
        const givenAt = Math.max(now.getTime(), own === undefined ? 0 : Date.parse(own.given_at) + 1);
        const row = { approver: JSON.stringify(approver), given_at: new Date(givenAt).toISOString(), fields: marks };
        await insertOrRenew(transaction, issue, row);
        return lastOfEach(await findOpen(transaction, known));
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

    drop: async (issue, { fields, isGood }, now) => {
      const known = await findNames(database, issue, now);
      const dropped = await change({ name: ['drop', issueColumns(issue), fields], now }, async (transaction) => {
        const bad = (await findOpen(transaction, known)).filter((row) => !isGood(readApproval(row)));
        const ids = bad.map(({ id }) => id);
        if (ids.length === 0) return [];
        await transaction
          .updateTable('approvals')
          .set({ revoked_at: now.toISOString() })
          .where('id', 'in', ids)
          .execute();
        return bad;
      });
      return read(dropped);
    },

    override: async (issue, by, { reason, now }) => {
      const known = await findNames(database, issue, now);
      await learnPerson(database, { person: by, now });
      return change({ name: ['override', issueColumns(issue), by], now }, async (transaction) => {
        if (isAmbiguous(known)) return false;
        await keepNames(transaction, known, now);
        const overriddenBy = JSON.stringify(by);
        const row = {
          approver: '[]',
          given_at: now.toISOString(),
          overridden_by: overriddenBy,
          reason: shorten(reason, messageLength),
        };
        await insertOrRenew(transaction, issue, row);
        return true;
      });
    },

    findOverride: async (issue, { to, now, forMs, mayOverride = () => true }) => {
      const known = await findNames(database, issue, now);
      if (isAmbiguous(known)) return undefined;
      const rows = await selectOpen(database, known).where('overridden_by', 'is not', null).execute();
      if (rows.length === 0) return undefined;
      const latest = Math.max(now.getTime(), (await findLatest(database))?.getTime() ?? 0);
      const overrides = await read(rows);
      const good = overrides.filter((each) => latest - each.givenAt.getTime() < forMs && mayOverride(each));
      // An override that already let this move through comes first, so that asking again uses no other.
      return [to, undefined].flatMap((status) => good.findLast(({ boundTo }) => boundTo === status) ?? [])[0];
    },

    countOverrides: async (project, since) => {
      const known = await findNames(database, project);
      const { count } = await database
        .selectFrom('approvals')
        .select(({ fn }) => fn.countAll().as('count'))
        .where((eb) => inProject(eb, known))
        .where('overridden_by', 'is not', null)
        .where('bound_at', '>=', since.toISOString())
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    bind: async (approvals, to, now) => {
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
      const [only = '', ...others] = approvals.flatMap(({ id, repeats = [] }) => [id, ...repeats]).toSorted();
      try {
        if (others.length === 0) await bindOne(database, only);
        else {
          await database.transaction().execute(async (transaction) => {
            // Always in the same order, so that two moves never deadlock. oxlint-disable-next-line no-await-in-loop --
            // one connection
            for (const id of [only, ...others]) await bindOne(transaction, id);
          });
        }
        return true;
      } catch (error) {
        if (error instanceof WriteConflict) return false;
        throw error;
      }
    },

    use: async (issue, { givenUntil, now, isReported = true, onlyBound: move }) => {
      const known = await findNames(database, issue, now);
      const name = ['use', issueColumns(issue), ...(move === undefined ? [] : [move.to])];
      const used = await change({ name, now }, async (transaction) => {
        const isMeant = ({ bound_to: boundTo, given_at: givenAt }: BoundRow) => {
          if (move === undefined || boundTo === null) return move === undefined;
          // What left a status has moved there before. Without its name, it may be any.
          const hasLeft = isSameStatus(boundTo, move.from ?? boundTo) && givenAt <= givenUntil.toISOString();
          return hasLeft || isSameStatus(boundTo, move.to);
        };
        const unclear = await findUnclear(transaction, known, isMeant);
        const open = transaction
          .updateTable('approvals')
          .set({ used_at: now.toISOString(), untold: isReported ? null : 'yes' })
          .where('used_at', 'is', null)
          .where('revoked_at', 'is', null);
        const meant = move === undefined ? [] : (await selectOpen(transaction, known).execute()).filter(isMeant);
        const rows = await open
          .where((eb) => aboutIssue(eb, known))
          // No approval has the id '', but the list can't be empty.
          .$if(move !== undefined, (query) => query.where('id', 'in', ['', ...meant.map(({ id }) => id)]))
          .where((eb) => eb.or([eb('given_at', '<=', givenUntil.toISOString()), eb('bound_to', 'is not', null)]))
          .returning([...columns])
          .execute();
        if (unclear.length > 0) await open.where('id', 'in', unclear).execute();
        const earlier = isReported ? await reportEarlier(transaction, known) : [];
        return [...earlier, ...rows].toSorted((one, other) => (one.given_at < other.given_at ? -1 : 1));
      });
      return read(used);
    },
  };
}

/** The open approvals of an issue, without overrides. */
function findOpen(database: Database, known: KnownIssue): Promise<ApprovalRow[]> {
  return selectOpen(database, known).where('overridden_by', 'is', null).execute();
}

function selectOpen(database: Database, known: KnownIssue) {
  return database
    .selectFrom('approvals')
    .select([...columns])
    .where((eb) => aboutIssue(eb, known))
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .orderBy('given_at')
    .orderBy('id');
}

/** The last approval of each approver for each move. A step that stores all of them for each press would fill the disk. */
function lastOfEach(rows: readonly ApprovalRow[]): ApprovalRow[] {
  const nameOf = (row: ApprovalRow) => JSON.stringify([row.approver, row.bound_to]);
  const last = new Map(rows.map((row) => [nameOf(row), row]));
  return rows.filter((row) => last.get(nameOf(row)) === row);
}

/** In place of the same one, if it has let no move through, so that pressing again and again doesn't slow down everyone. */
async function insertOrRenew(
  transaction: Database,
  issue: IssueReference,
  { given_at: givenAt, reason = null, ...by }: Pick<ApprovalRow, 'approver' | 'given_at'> & Partial<ApprovalRow>,
): Promise<void> {
  const given = { fields: null, overridden_by: null, ...by, ...issueColumns(issue) };
  const same = [...placeColumns, 'approver', 'fields', 'overridden_by'] as const;
  const { numUpdatedRows } = await transaction
    .updateTable('approvals')
    .set({ given_at: givenAt, reason })
    .where((eb) => eb.and(same.map((column) => eb(column, given[column] === null ? 'is' : '=', given[column]))))
    .where((eb) => eb.and([eb('bound_to', 'is', null), eb('used_at', 'is', null), eb('revoked_at', 'is', null)]))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return;
  await transaction
    .insertInto('approvals')
    .values({ ...given, id: randomUUID(), given_at: givenAt, reason })
    .execute();
}

/**
 * Approvals that let a move through which may be this issue's: Kiket names the issues too differently to tell. Those
 * that certainly belong to another issue are excluded.
 */
async function findUnclear(
  database: Database,
  known: KnownIssue,
  isMeant: (row: BoundRow) => boolean,
): Promise<string[]> {
  const bound = await database
    .selectFrom('approvals')
    .select(['id', 'bound_to', 'given_at', ...placeColumns])
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

/** Approvals that an earlier notice of the same move used without reporting them. */
function reportEarlier(database: Database, known: KnownIssue): Promise<ApprovalRow[]> {
  return database
    .updateTable('approvals')
    .set({ untold: null })
    .where((eb) => aboutIssue(eb, known))
    .where('untold', 'is not', null)
    .returning([...columns])
    .execute();
}

/** Who gave an approval or override. */
function approverOf({ approver, overridden_by: overriddenBy }: ApprovalRow): Person {
  return JSON.parse(overriddenBy ?? approver) as Person;
}

/**
 * The latest approval of each person for each move, with its repeats: one given at the same moment on two instances is
 * stored twice, two may turn out to be from one person or about one issue, and an expired one that let a move through is
 * still there when a new one does. All overrides are included.
 */
function readApprovals(rows: readonly ApprovalRow[], knownAs: KnownAs): readonly Approval[] {
  const seen = new Map<string, Approval>();
  const latest = rows.toReversed().flatMap((row) => {
    const approval = readApproval(row);
    const { approver: namedAs } = approval;
    const approver = knownAs(namedAs);
    const keys = isOverride(row) ? [] : approver.map((identifier) => JSON.stringify([row.bound_to, identifier]));
    const later = keys.map((key) => seen.get(key)).find(isPresent);
    const read: Approval = { ...approval, approver, ...(approver.length > namedAs.length ? { namedAs } : {}) };
    for (const key of keys) seen.set(key, later ?? read);
    if (later === undefined) return [read];
    later.repeats = [...(later.repeats ?? []), row.id];
    return [];
  });
  return latest.toReversed();
}

function isOverride({ overridden_by: overriddenBy }: ApprovalRow): boolean {
  return typeof overriddenBy === 'string';
}

function readApproval(row: ApprovalRow): Approval {
  const { id, given_at: givenAt, bound_to: boundTo, fields, reason } = row;
  return {
    id,
    approver: approverOf(row),
    givenAt: new Date(givenAt),
    boundTo: boundTo ?? undefined,
    // Steps of the previous version have neither.
    ...(typeof fields === 'string' ? { fields: JSON.parse(fields) as FieldMarks } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}
