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

/** How long after the last question a move still counts as waiting, in milliseconds. */
const waitsMs = 24 * 60 * 60 * 1000;

/** The approvals of a transition, as a guard sees them. */
export interface CountedTransition {
  /** Identifies this wait. It stays the same while Kiket names the issue and the status in the same way. */
  id: string;
  /** How many count. */
  given: number;
  /** Everyone whose approval counts, by all of their identifiers. */
  givenBy: Person;
  /** Why others don't count: one sentence each. */
  notes: readonly string[];
  /** When the first of the counted approvals expires; `undefined` if none does. */
  holdUntil: Date | undefined;
  /** Whether the mover's own approval is one of the needed ones. */
  isSelfApproved: boolean;
}

/** The approvals of an issue after someone approved. */
export interface GivenApproval {
  /** How many count now. */
  given: number;
  /** Why the approval doesn't count, or may not: one sentence each. */
  notes: readonly string[];
}

/** Who overrode the guards, and why. */
export interface SpentOverride {
  by: string;
  reason: string;
}

/** Who let a completed move through. */
export interface SpentApprovals {
  /**
   * Whose approvals the move used, with a note on the mover's own. If that's unknown, everyone whose approval was open.
   */
  approvers: readonly string[];
  override: SpentOverride | undefined;
}

/** An approval that no longer counts, because fields changed or may have changed. */
export interface DroppedApproval {
  approver: string;
  changed: readonly string[];
  /** Fields where it's unknown whether they changed. */
  unknown: readonly string[];
}

/** What guards can do with approvals. */
export interface ReadingApprovals {
  /** The open approvals of an issue, oldest first. */
  list: (issue: Issue) => Promise<readonly Approval[]>;
  /**
   * Counts the approvals that let a transition through: those that the rules allow, by people who are certainly neither
   * the mover nor each other. Once enough are given and the review allows the move, they belong to this transition and
   * can't be used for another one.
   */
  count: (transition: Transition, needed: number, rules?: ApprovalRules) => Promise<CountedTransition>;
}

/** What actions and listeners can do with approvals. Each change takes effect once, however often Kiket delivers. */
export interface WritingApprovals extends Pick<ReadingApprovals, 'list'> {
  /**
   * Adds an approval by the person who triggered the action, or renews one that expires. `undefined` if the issue
   * matches two.
   */
  give: (issue: ReadableIssue, approver: Person, rules?: ApprovalRules) => Promise<GivenApproval | undefined>;
  /** Takes back the open approvals of a person. Returns how many there were. */
  revoke: (issue: Issue, approver: Person) => Promise<number>;
  /** Takes back the open approvals of an issue whose fields have changed since, and those where that's unknown. */
  dropChanged: (issue: ReadableIssue, fields: readonly string[]) => Promise<readonly DroppedApproval[]>;
  /**
   * Overrides the overridable guards for the next move of an issue within {@link overrideMs}. Returns whether it's
   * clear which issue that is.
   */
  override: (issue: Issue, by: Person, reason: string) => Promise<boolean>;
  /** Counts a project's overrides that let a move through since a time. */
  countOverrides: (project: ProjectReference, since: Date) => Promise<number>;
  /**
   * Spends the approvals and overrides of a completed move, and returns who gave them. The next move needs new ones.
   *
   * A late delivery only spends what was given before the move, with some slack for clocks that differ, and what let a
   * move through. Without a time, it spends everything that is open. Spending too much is safe: people are asked again.
   *
   * @param options `isReported: false` lets the next call report who gave them; `onlyBound` only spends what let this
   * move through, or an earlier one to the status it leaves, for a status that isn't protected, or no longer is
   */
  spend: (options?: { isReported?: boolean; onlyBound?: boolean }) => Promise<SpentApprovals>;
}

/** What the approvals of one delivery need. */
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
      // First, because two approvers may be this one person.
      const mover = await store.names.person(transition.mover, now);
      const open = await store.approvals.list(issue, now);
      const isOwn = ({ approver }: Approval) => !areDifferentPeople(approver, mover);
      const marks = await markFields(rules.fields ?? [], async (name) => sentField(issue, name));
      const sorted = sortOut(open, { rules, to, now, marks });
      // Approvals already bound to this move go first, so that asking again needs no others. The mover's go last.
      const rank = (approval: Approval) => (approval.boundTo === undefined ? 2 : 0) + (isOwn(approval) ? 1 : 0);
      const ready = sorted.ready.toSorted((one, other) => rank(one) - rank(other));
      const { counted, ignored } = countApprovals(ready, rules.allowSelf === true ? undefined : mover);
      const used = counted.slice(0, needed);
      const result = {
        id: waitId(transition),
        given: counted.length,
        givenBy: counted.flatMap(({ approver }) => approver),
        holdUntil: used.flatMap((approval) => expiryOf(approval, rules) ?? []).toSorted(byTime)[0],
        isSelfApproved: used.some(isOwn),
      };
      if (needed > 0 && counted.length >= needed) {
        beforeAllow(() => store.approvals.bind(used, to, now));
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
  { issue, transition, occurredAt, ...delivery }: Delivery,
  { store, now, log }: Surroundings,
): WritingApprovals {
  return {
    list: (named) => store.approvals.list(named),
    give: async (named, approver, rules = {}) => {
      if (await store.names.isAmbiguous(named)) return undefined;
      const { fields = [], allowSelf = false } = rules;
      const marks = await markFields(fields, named.field);
      const open = await store.approvals.give(named, approver, now, fields.length > 0 ? { fields: marks } : {});
      const waiting = await store.decisions.waiting(named, new Date(now.getTime() - waitsMs));
      // The latest mover is the one who waits. An approval bound to another status doesn't count for this one.
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
      const dropped = await store.approvals.drop(named, { fields, isGood }, now);
      log.info({ dropped: dropped.length }, 'approvals dropped');
      return dropped.map((approval) => ({ approver: nameOf(approval.approver), ...compare(approval) }));
    },
    override: (named, by, reason) => store.approvals.override(named, by, { reason, now }),
    countOverrides: (project, since) => store.approvals.countOverrides(project, since),
    spend: async ({ isReported = true, onlyBound = false } = {}) => {
      // Without Kiket's time, it's by two of our clocks, both of which can be off.
      const givenUntil = withSlack(occurredAt ?? withSlack(now));
      const used = await store.approvals.use(issue ?? { ...delivery, id: undefined, key: undefined }, {
        givenUntil,
        now,
        isReported,
        onlyBound: onlyBound ? transition : undefined,
      });
      log.info({ used: used.length }, 'approvals used');
      return tellSpent(used, transition?.mover ?? []);
    },
  };
}

/** Bound approvals are known to have let the move through. An unused override isn't reported. */
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

/** Which approvals may count for a move, no matter who makes it, and why the others don't. */
function sortOut(
  open: readonly Approval[],
  { to, rules, ...around }: { to: string | undefined; rules: ApprovalRules; now: Date; marks: FieldMarks },
) {
  const ready: Approval[] = [];
  const ignored: { approver: Person; reason: string }[] = [];
  for (const approval of open) {
    const { approver, boundTo } = approval;
    const isElsewhere = boundTo !== undefined && to !== undefined && boundTo !== to;
    const reason = isElsewhere
      ? `it already let a move to "${boundTo}" through`
      : reasonByRules(approval, rules, around);
    if (reason === undefined) ready.push(approval);
    else ignored.push({ approver, reason });
  }
  return { ready, ignored };
}

function byTime(one: Date, other: Date): number {
  return one.getTime() - other.getTime();
}

/** A time on another clock, with slack. */
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
