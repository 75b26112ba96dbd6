import type { IssueReference } from '../delivery.ts';
import type { Person } from '../approvals/person.ts';

/** Somebody's word that an issue may enter a protected status. Open until a move uses it or it is revoked. */
export interface Approval {
  id: string;
  /** With every identifier that is known now; those of the approval itself go first. */
  approver: Person;
  /** Those of the approval itself, where more are known. */
  namedAs?: Person;
  givenAt: Date;
  /** The status that it has let a move to. It lets no move to another one through. */
  boundTo: string | undefined;
  /** What was approved, as far as anybody asked. */
  fields?: FieldMarks;
  /** Why guards are overridden, if this is an override. No list of approvals has any. */
  reason?: string;
}

/** What some fields of an issue held, by their names: text that is the same as long as they do. Unknown ones are missing. */
export type FieldMarks = Readonly<Record<string, string>>;

/** When an open approval keeps its person from giving another one. */
export interface GivenWith {
  /** It was given later than this. */
  givenAfter?: Date | undefined;
  /** It is for the same: for what the new one is given. */
  fields?: FieldMarks | undefined;
}

/** Where a project is. */
export type ProjectReference = Pick<IssueReference, 'organization' | 'subdomain' | 'projectId' | 'projectKey'>;

/**
 * Approvals, by issue. They belong to what certainly is the issue: it has the same id, or a key that stands for that id and
 * for no other. What a reference says about names is learned; so it has to come from a signed body.
 */
export interface Approvals {
  /** The open approvals of an issue, oldest first; nothing is learned without `now`. */
  list: (issue: IssueReference, now?: Date) => Promise<readonly Approval[]>;
  /**
   * Adds an approval, unless this person has an open one that has let no move through yet. Returns all that are open then.
   * An issue whose names may mean two gets none.
   */
  give: (issue: IssueReference, approver: Person, now: Date, given?: GivenWith) => Promise<readonly Approval[]>;
  /** Removes this person's open approvals. Returns how many there were. */
  revoke: (issue: IssueReference, approver: Person, now: Date) => Promise<number>;
  /** Removes those open approvals of an issue that are no longer good, and returns them. */
  drop: (issue: IssueReference, isGood: (approval: Approval) => boolean, now: Date) => Promise<readonly Approval[]>;
  /** Keeps that somebody overrides the guards for an issue. Returns whether it's clear which issue that is. */
  override: (issue: IssueReference, by: Person, given: { reason: string; now: Date }) => Promise<boolean>;
  /**
   * The latest open override of an issue that may let a move to a status through: given later than `forMs` ago, by the later
   * of our clock and of the latest delivery that any instance has taken, so that a clock that goes back prolongs nothing.
   */
  findOverride: (
    issue: IssueReference,
    move: { to: string; now: Date; forMs: number; mayOverride?: (override: Approval) => boolean },
  ) => Promise<Approval | undefined>;
  /** Counts a project's overrides that have let a move through since a time. */
  countOverrides: (project: ProjectReference, since: Date) => Promise<number>;
  /**
   * Keeps that these approvals let a move to a status through, before that is answered. Returns whether all of them are
   * open still and have let no move to another status through; else none is kept, and whoever decided has to look again.
   */
  bind: (ids: readonly string[], to: string, now: Date) => Promise<boolean>;
  /**
   * Marks open approvals as used by a move, and returns those that are certainly of this issue, oldest first: those that
   * were given until then, and those that have let a move through, whenever they were given. Of the latter also those are
   * marked that may be of this issue, because nothing tells. Overrides are approvals here.
   *
   * @param isTold whether somebody is told by whom they are; if not, the next use returns them too
   * @param boundTo only those that have let a move to this status through
   */
  use: (
    issue: IssueReference,
    move: { givenUntil: Date; now: Date; isTold?: boolean; boundTo?: string | undefined },
  ) => Promise<readonly Approval[]>;
}

/** What is known about names. */
export interface KnownNames {
  /** Keeps what a signed body names together. */
  learn: (issue: IssueReference | undefined, person: Person, now: Date) => Promise<void>;
  /** Whether these names may mean two issues. */
  isAmbiguous: (issue: IssueReference) => Promise<boolean>;
  /** A person with every identifier that is known. What is given stands for one person from then on. */
  person: (person: Person, now: Date) => Promise<Person>;
}

/** Who waits for approvals. */
export interface WaitingMoves {
  /** Those of what certainly is the issue, the latest first: who wants to move it, with every identifier that is known. */
  moves: readonly { mover: Person; to: string }[];
  /** Whether a move waits that may be of this issue, or of another one: nothing tells. */
  isUnclear: boolean;
}

/** What a review came to. */
export type DecisionStatus = 'allow' | 'pending' | 'deny';

/** What one guard had to say. */
export interface DecisionReason {
  guard: string;
  status: DecisionStatus;
  message?: string | undefined;
  /** What the move would pass with, as the end of a sentence. */
  passes?: string | undefined;
}

/** One review, for the report and for the history of a move. */
export interface RecordedDecision {
  issue: IssueReference;
  event: string;
  /** Keys of the delivery: see {@link Deliveries}. A repeat is not recorded again. */
  keys: readonly string[];
  status: DecisionStatus;
  failure: string | undefined;
  /** Of every guard that did not simply allow. */
  reasons: readonly DecisionReason[];
  from: string | undefined;
  to: string;
  mover?: Person;
  decidedAt: Date;
}

/** A decision as it is remembered. */
export type PastDecision = Omit<RecordedDecision, 'issue' | 'event' | 'keys' | 'mover'> & { id: string };

/** Decisions, by project and by issue. */
export interface Decisions {
  /** Takes a decision to record soon, behind the answer. Never throws and never waits. */
  record: (decision: RecordedDecision) => void;
  /**
   * Marks an issue's decisions until then as used by a move, and returns the latest 20 of them, oldest first. Those that
   * wait to be written are not among them, so that a move never waits for them.
   */
  use: (issue: IssueReference, decidedUntil: Date, now: Date) => Promise<readonly PastDecision[]>;
  /** The moves of an issue that were not allowed since a time, as far as they are among the latest. */
  waiting: (issue: IssueReference, since: Date) => Promise<WaitingMoves>;
  /** Counts a project's decisions since a time. */
  count: (project: ProjectReference, since: Date) => Promise<Record<DecisionStatus, number>>;
}

/** What a delivery is known by. */
export interface DeliveryKeys {
  organization: string;
  event: string;
  /** Any one that was seen before makes the delivery a repeat. */
  keys: readonly string[];
}

/** The right to run a delivery's handler, or what is known of an earlier run. */
export type Claim =
  { state: 'claimed'; id: string; owner: string } | { state: 'in_progress' } | { state: 'done'; answer: string };

/** Deliveries that were seen, so that their effects happen once. */
export interface Deliveries {
  /** Claims a delivery for one run. A claim whose lease has run out is free again. */
  claim: (delivery: DeliveryKeys, now: Date) => Promise<Claim>;
  /** Keeps the answer of a run for repeats. */
  complete: (claim: { id: string; owner: string }, answer: string) => Promise<void>;
  /** Forgets a run that failed, so that a redelivery runs again. */
  release: (claim: { id: string; owner: string }) => Promise<void>;
}

/** What deliveries have done already, for runs that begin again. */
export interface Steps {
  /** The result of a step that was done under any of the keys, if it was. */
  find: (delivery: DeliveryKeys, name: string) => Promise<string | undefined>;
  keep: (delivery: DeliveryKeys, name: string, result: string, now: Date) => Promise<void>;
  /** What a step came to in every delivery that did it, the oldest first. */
  list: (name: string) => Promise<readonly { delivery: DeliveryKeys; result: string }[]>;
}

/** All that the guardian remembers. Every call throws a `DeliveryError` `store_unavailable` when the database fails. */
export interface Store {
  approvals: Approvals;
  /** The same approvals; each change to them is made once, however often the delivery's handler runs. */
  approvalsDuring: (delivery: DeliveryKeys) => Approvals;
  decisions: Decisions;
  names: KnownNames;
  deliveries: Deliveries;
  steps: Steps;
  /** Throws unless the database can be written. */
  ping: (now: Date) => Promise<void>;
  /** Deletes everything that is older, without holding up deliveries, until it is told to stop. Returns how many rows went. */
  prune: (olderThan: Date, signal?: AbortSignal) => Promise<number>;
  /** When the latest delivery was taken, by whichever instance; `undefined` if none was. */
  latest: () => Promise<Date | undefined>;
  /** Writes the decisions that are waiting. What cannot be written goes on waiting. */
  settle: () => Promise<void>;
  /** Writes what is waiting and closes the database. */
  close: () => Promise<void>;
}
