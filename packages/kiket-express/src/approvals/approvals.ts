import { hash } from 'node:crypto';
import type { Context } from '../extension/extension.ts';
import { sentField, type ReadableIssue } from '../extension/fields.ts';
import { issueName, type Delivery, type Issue, type Transition } from '../delivery.ts';
import type { Approval, FieldMarks, ProjectReference, WaitingMoves } from '../store/store.ts';
import { countApprovals } from './count.ts';
import { markFields } from './marks.ts';
import { areDifferentPeople, isSamePerson, nameOf, type Person } from './person.ts';
import { expiryOf, markIn, reasonByRules, type ApprovalRules } from './rules.ts';

/** How far Kiket's clock and ours may differ, in milliseconds. */
const clockSlackMs = 5 * 60 * 1000;

/** The longest reason that is kept, in UTF-16 units. */
const reasonLength = 500;

/** How far back a move may have been asked about to be one that waits, in milliseconds. */
const waitsMs = 24 * 60 * 60 * 1000;

/** The approvals of a transition, as a guard is told of them. */
export interface CountedTransition {
  /** Names this wait: the same as long as Kiket names the issue and the status alike. */
  id: string;
  /** How many count for it. */
  given: number;
  /** Why others don't count: one sentence each. */
  notes: readonly string[];
  /** When the first of those that count expires; `undefined` if none does. */
  holdUntil: Date | undefined;
  /** Whether the mover's own approval is among those that are needed. */
  isSelfApproved: boolean;
}

/** The approvals of an issue after somebody has approved. */
export interface GivenApproval {
  /** How many count now. */
  given: number;
  /** Why the approval doesn't count, or may not: one sentence each. */
  notes: readonly string[];
}

/** What somebody has overridden the guards with. */
export interface SpentOverride {
  by: string;
  reason: string;
}

/** Who has let a move through that has happened. */
export interface SpentApprovals {
  /** Whose approvals it used, with a word about the mover's own; where nothing tells, all that were open. */
  approvers: readonly string[];
  override: SpentOverride | undefined;
}

/** An approval that doesn't count any more, because fields have changed, or may have. */
export interface DroppedApproval {
  approver: string;
  changed: readonly string[];
  /** Those of which nobody can tell. */
  unknown: readonly string[];
}

/** What guards can do with approvals. */
export interface ReadingApprovals {
  /** The open approvals of an issue, oldest first. */
  list: (issue: Issue) => Promise<readonly Approval[]>;
  /**
   * Counts the approvals that let a transition through: those that the rules allow, by people who are certainly not the mover
   * and certainly not each other. Where as many are given as needed, and the review allows, they belong to this transition from then on and let no
   * other one through.
   */
  count: (transition: Transition, needed: number, rules?: ApprovalRules) => Promise<CountedTransition>;
}

/** What actions and listeners can do with approvals. Each change is made once, however often the delivery comes. */
export interface WritingApprovals extends Pick<ReadingApprovals, 'list'> {
  /** Adds the approval of whoever triggered the action, or renews one that expires. `undefined` if the issue could be either of two. */
  give: (issue: ReadableIssue, approver: Person, rules?: ApprovalRules) => Promise<GivenApproval | undefined>;
  /** Takes back the open approvals of a person. Returns how many there were. */
  revoke: (issue: Issue, approver: Person) => Promise<number>;
  /**
   * Takes back the open approvals of an issue whose fields hold something else than what was approved, and those of which
   * nobody can tell.
   */
  dropChanged: (issue: ReadableIssue, fields: readonly string[]) => Promise<readonly DroppedApproval[]>;
  /**
   * Overrides the guards that can be overridden, for the next move of an issue within {@link overrideMs}. Returns whether it's
   * clear which issue that is.
   */
  override: (issue: Issue, by: Person, reason: string) => Promise<boolean>;
  /** Counts a project's overrides that have let a move through since a time. */
  countOverrides: (project: ProjectReference, since: Date) => Promise<number>;
  /**
   * Spends the approvals and overrides of a move that has happened, and returns who gave them. The next move needs new ones.
   *
   * A delivery that comes late spends only what was given by then, with some slack for clocks that differ, and what has let a
   * move through; without a time all that is open. Spending too much is the safe side: somebody is asked again.
   *
   * @param options `isTold: false` leaves it to the next one who spends to tell who gave them; `onlyBound` spends only what has
   * let a move to this status through, for a status that isn't protected, or isn't any more
   */
  spend: (options?: { isTold?: boolean; onlyBound?: boolean }) => Promise<SpentApprovals>;
}

/** What the approvals of one delivery work with. */
type Surroundings = Pick<Context, 'store' | 'now' | 'log'>;

/** Approvals for guards. */
export function readingApprovals({
  store,
  now,
  beforeAllow,
}: Surroundings & Pick<Context, 'beforeAllow'>): ReadingApprovals {
  return {
    list: (issue) => store.approvals.list(issue),
    count: async (transition, needed, rules = {}) => {
      const { issue, to } = transition;
      const open = await store.approvals.list(issue, now);
      const mover = await store.names.person(transition.mover, now);
      const isOwn = ({ approver }: Approval) => !areDifferentPeople(approver, mover);
      const marks = await markFields(rules.fields ?? [], async (name) => sentField(issue, name));
      const sorted = sortOut(open, { rules, to, now, marks });
      // Those that were counted for this move before go first, so that asking again needs no others; the mover's go last.
      const rank = (approval: Approval) => (approval.boundTo === undefined ? 2 : 0) + (isOwn(approval) ? 1 : 0);
      const ready = sorted.ready.toSorted((one, other) => rank(one) - rank(other));
      const { counted, ignored } = countApprovals(ready, rules.allowSelf === true ? undefined : mover);
      const used = counted.slice(0, needed);
      const result = {
        id: waitId(transition),
        given: counted.length,
        holdUntil: used.flatMap((approval) => expiryOf(approval, rules) ?? []).toSorted(byTime)[0],
        isSelfApproved: used.some(isOwn),
      };
      if (needed > 0 && counted.length >= needed) {
        const ids = used.map((approval) => approval.id);
        beforeAllow(() => store.approvals.bind(ids, to, now));
        return { ...result, notes: [] };
      }
      const notes = [...ignored, ...sorted.ignored].map(
        ({ approver, reason }) => `The approval by ${nameOf(approver)} doesn't count: ${reason}.`,
      );
      if (await store.names.isAmbiguous(issue)) {
        notes.push(`No approval counts here: ${issueName(issue)} matches two issues.`);
      }
      return { ...result, notes };
    },
  };
}

/** Approvals for actions and listeners. */
export function writingApprovals(
  { issue, transition, occurredAt }: Delivery,
  { store, now, log }: Surroundings,
): WritingApprovals {
  return {
    list: (named) => store.approvals.list(named),
    give: async (named, approver, rules = {}) => {
      if (await store.names.isAmbiguous(named)) return undefined;
      const { fields = [], holdsForMs = 0, allowSelf = false } = rules;
      const marks = await markFields(fields, named.field);
      const open = await store.approvals.give(named, approver, now, {
        // One that expires is renewed.
        givenAfter: holdsForMs > 0 ? now : undefined,
        fields: fields.length > 0 ? marks : undefined,
      });
      const waiting = await store.decisions.waiting(named, new Date(now.getTime() - waitsMs));
      // Whoever asked last is the one who waits. What has let a move to another status through is none for this one.
      const [move] = waiting.moves;
      const { ready } = sortOut(open, { rules, to: move?.to, now, marks });
      const { counted, ignored } = countApprovals(ready, allowSelf ? undefined : move?.mover);
      const own = ignored.find((each) => isSamePerson(each.approver, approver));
      return { given: counted.length, notes: notesOn(own, waiting) };
    },
    revoke: (named, approver) => store.approvals.revoke(named, approver, now),
    dropChanged: async (named, fields) => {
      if (fields.length === 0) return [];
      const marks = await markFields(fields, named.field);
      const compare = (approval: Approval) => {
        const isKnown = (name: string) => Object.hasOwn(marks, name) && markIn(approval, name) !== undefined;
        return {
          changed: fields.filter((name) => isKnown(name) && marks[name] !== markIn(approval, name)),
          unknown: fields.filter((name) => !isKnown(name)),
        };
      };
      const isGood = (approval: Approval) => Object.values(compare(approval)).flat().length === 0;
      const dropped = await store.approvals.drop(named, isGood, now);
      log.info({ dropped: dropped.length }, 'approvals dropped');
      return dropped.map((approval) => ({ approver: nameOf(approval.approver), ...compare(approval) }));
    },
    override: (named, by, reason) =>
      store.approvals.override(named, by, { reason: reason.slice(0, reasonLength), now }),
    countOverrides: (project, since) => store.approvals.countOverrides(project, since),
    spend: async ({ isTold = true, onlyBound = false } = {}) => {
      if (issue === undefined) return { approvers: [], override: undefined };
      const givenUntil = withSlack(occurredAt ?? now);
      const boundTo = onlyBound ? transition?.to : undefined;
      const used = await store.approvals.use(issue, { givenUntil, now, isTold, boundTo });
      log.info({ used: used.length }, 'approvals used');
      return tellSpent(used, transition?.mover ?? []);
    },
  };
}

/** What has let a move through says so; an override that has not is nobody's business. */
function tellSpent(used: readonly Approval[], mover: Person): SpentApprovals {
  const bound = used.filter(({ boundTo }) => boundTo !== undefined);
  const isApproval = ({ reason }: Approval) => reason === undefined;
  const approvals = (bound.length > 0 ? bound : used).filter(isApproval);
  const override = bound.findLast((approval) => !isApproval(approval));
  return {
    approvers: approvals.map(({ approver }) => {
      const isOwn = isSamePerson(approver, mover);
      return isOwn ? `${nameOf(approver)} (their own move)` : nameOf(approver);
    }),
    override: override && { by: nameOf(override.approver), reason: override.reason ?? '' },
  };
}

/** Which approvals may count for a move, whoever makes it, and why the others don't. */
function sortOut(
  open: readonly Approval[],
  { to, rules, ...around }: { to: string | undefined; rules: ApprovalRules; now: Date; marks: FieldMarks },
) {
  const ready: Approval[] = [];
  const ignored: { approver: Person; reason: string }[] = [];
  for (const approval of open) {
    const { approver, boundTo } = approval;
    const isElsewhere = boundTo !== undefined && to !== undefined && boundTo !== to;
    const reason = isElsewhere ? `it was used for a move to "${boundTo}"` : reasonByRules(approval, rules, around);
    if (reason === undefined) ready.push(approval);
    else ignored.push({ approver, reason });
  }
  return { ready, ignored };
}

function byTime(one: Date, other: Date): number {
  return one.getTime() - other.getTime();
}

/** A time until which something was done by another clock. */
export function withSlack(time: Date): Date {
  return new Date(time.getTime() + clockSlackMs);
}

function notesOn(own: { reason: string } | undefined, { moves, isUnclear }: WaitingMoves): string[] {
  if (own !== undefined) return [`Yours doesn't count yet: ${own.reason}.`];
  if (moves.length > 0 || !isUnclear) return [];
  return [
    'A move that may be for this issue is waiting, but Kiket names the issue differently there, so your approval may not count.',
  ];
}

function waitId({ issue, to }: Transition): string {
  const { organization, projectId, projectKey, id, key } = issue;
  const place = JSON.stringify([organization, projectId ?? projectKey, id ?? key, to]);
  return `approval_${hash('sha256', place).slice(0, 16)}`;
}
