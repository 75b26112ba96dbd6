import { hash } from 'node:crypto';
import type { Context } from '../extension/extension.ts';
import { issueName, type Delivery, type Issue, type Transition } from '../delivery.ts';
import type { Approval, WaitingMoves } from '../store/store.ts';
import { countApprovals } from './count.ts';
import { isSamePerson, nameOf, type Person } from './person.ts';

/** How far Kiket's clock and ours may differ, in milliseconds. */
const clockSlackMs = 5 * 60 * 1000;

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
}

/** The approvals of an issue after somebody has approved. */
export interface GivenApproval {
  /** How many count now. */
  given: number;
  /** Why the approval doesn't count, or may not: one sentence each. */
  notes: readonly string[];
}

/** What guards can do with approvals. */
export interface ReadingApprovals {
  /** The open approvals of an issue, oldest first. */
  list: (issue: Issue) => Promise<readonly Approval[]>;
  /**
   * Counts the approvals that let a transition through: by people who are certainly not the mover and certainly not each
   * other. Where as many are given as needed, and the review allows, they belong to this transition from then on and let no
   * other one through.
   */
  count: (transition: Transition, needed: number) => Promise<CountedTransition>;
}

/** What actions and listeners can do with approvals. Each change is made once, however often the delivery comes. */
export interface WritingApprovals extends Pick<ReadingApprovals, 'list'> {
  /** Adds the approval of whoever triggered the action. `undefined` if the issue could be either of two. */
  give: (issue: Issue, approver: Person) => Promise<GivenApproval | undefined>;
  /** Takes back the open approvals of a person. Returns how many there were. */
  revoke: (issue: Issue, approver: Person) => Promise<number>;
  /**
   * Spends the approvals of a move that has happened, and returns who gave them. The next move needs new ones.
   *
   * A delivery that comes late spends only what was given by then, with some slack for clocks that differ, and what has let a
   * move through; without a time all that is open. Spending too much is the safe side: somebody is asked again.
   *
   * @param options `isTold: false` leaves it to the next one who spends to tell who gave them; `onlyBound` spends only what has
   * let a move to this status through, for a status that isn't protected, or isn't any more
   */
  spend: (options?: { isTold?: boolean; onlyBound?: boolean }) => Promise<string[]>;
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
    count: async (transition, needed) => {
      const { issue, to } = transition;
      const open = await store.approvals.list(issue, now);
      const mover = await store.names.person(transition.mover, now);
      const isElsewhere = ({ boundTo }: Approval) => boundTo !== undefined && boundTo !== to;
      // Those that were counted for this move before go first, so that asking again needs no others.
      const ready = open.filter((approval) => !isElsewhere(approval)).toSorted((one, other) => rank(one) - rank(other));
      const { counted, ignored } = countApprovals(ready, mover);
      const id = waitId(transition);
      if (needed > 0 && counted.length >= needed) {
        const ids = counted.slice(0, needed).map((approval) => approval.id);
        beforeAllow(() => store.approvals.bind(ids, to, now));
        return { id, given: counted.length, notes: [] };
      }
      const notes = [
        ...ignored.map(({ approver, reason }) => `The approval by ${nameOf(approver)} does not count: ${reason}.`),
        ...open
          .filter(isElsewhere)
          .map(
            ({ approver, boundTo }) =>
              `The approval by ${nameOf(approver)} does not count: it has let a move to "${boundTo}" through.`,
          ),
      ];
      if (await store.names.isAmbiguous(issue)) {
        notes.push(`No approval counts here: ${issueName(issue)} could be either of two issues.`);
      }
      return { id, given: counted.length, notes };
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
    give: async (named, approver) => {
      if (await store.names.isAmbiguous(named)) return undefined;
      const open = await store.approvals.give(named, approver, now);
      const waiting = await store.decisions.waiting(named, new Date(now.getTime() - waitsMs));
      // Whoever asked last is the one who waits. What has let a move to another status through is none for this one.
      const [move] = waiting.moves;
      const ready = open.filter(({ boundTo }) => boundTo === undefined || move === undefined || boundTo === move.to);
      const { counted, ignored } = countApprovals(ready, move?.mover);
      const own = ignored.find((each) => isSamePerson(each.approver, approver));
      return { given: counted.length, notes: notesOn(own, waiting) };
    },
    revoke: (named, approver) => store.approvals.revoke(named, approver, now),
    spend: async ({ isTold = true, onlyBound = false } = {}) => {
      if (issue === undefined) return [];
      const givenUntil = withSlack(occurredAt ?? now);
      const boundTo = onlyBound ? transition?.to : undefined;
      const used = await store.approvals.use(issue, { givenUntil, now, isTold, boundTo });
      log.info({ used: used.length }, 'approvals used');
      return used.map(({ approver }) => nameOf(approver));
    },
  };
}

/** A time until which something was done by another clock. */
export function withSlack(time: Date): Date {
  return new Date(time.getTime() + clockSlackMs);
}

function notesOn(own: { reason: string } | undefined, { moves, isUnclear }: WaitingMoves): string[] {
  if (own !== undefined) return [`Yours does not count yet: ${own.reason}.`];
  if (moves.length > 0 || !isUnclear) return [];
  return [
    'A move is waiting that may be of this issue, but Kiket names it differently there, so your approval may not count.',
  ];
}

function rank({ boundTo }: Approval): number {
  return boundTo === undefined ? 1 : 0;
}

function waitId({ issue, to }: Transition): string {
  const { organization, projectId, projectKey, id, key } = issue;
  const place = JSON.stringify([organization, projectId ?? projectKey, id ?? key, to]);
  return `approval_${hash('sha256', place).slice(0, 16)}`;
}
