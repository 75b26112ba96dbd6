import type { IssueReference } from '../receive/delivery.ts';
import type { Person } from '../approvals/person.ts';

/** Somebody's word that an issue may enter a protected status. Open until a move uses it or it is revoked. */
export interface Approval {
  id: string;
  approver: Person;
  givenAt: Date;
}

/** Approvals, by issue. An issue is found by its id or its key, within one organisation and project. */
export interface Approvals {
  /** The open approvals of an issue, oldest first. */
  list: (issue: IssueReference) => Promise<readonly Approval[]>;
  /** Adds an approval, unless this person has an open one already. Returns all that are open then. */
  give: (issue: IssueReference, approver: Person, now: Date) => Promise<readonly Approval[]>;
  /** Removes this person's open approvals. Returns how many there were. */
  revoke: (issue: IssueReference, approver: Person, now: Date) => Promise<number>;
  /** Marks the open approvals that were given until then as used by a move, and returns them, oldest first. */
  use: (issue: IssueReference, givenUntil: Date, now: Date) => Promise<readonly Approval[]>;
}

/** What a review came to. */
export type DecisionStatus = 'allow' | 'pending' | 'deny';

/** What one guard had to say. */
export interface DecisionReason {
  guard: string;
  status: DecisionStatus;
  message?: string | undefined;
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
  decidedAt: Date;
}

/** A decision as it is remembered. */
export type PastDecision = Omit<RecordedDecision, 'issue' | 'event' | 'keys'> & { id: string };

/** Decisions, by project and by issue. */
export interface Decisions {
  /** Takes a decision to record soon, behind the answer. Never throws and never waits. */
  record: (decision: RecordedDecision) => void;
  /**
   * Marks an issue's decisions until then as used by a move, and returns the latest 20 of them, oldest first. Those that
   * wait to be written are not among them, so that a move never waits for them.
   */
  use: (issue: IssueReference, decidedUntil: Date, now: Date) => Promise<readonly PastDecision[]>;
  /** Counts a project's decisions since a time. */
  count: (
    project: Pick<IssueReference, 'organization' | 'projectId' | 'projectKey'>,
    since: Date,
  ) => Promise<Record<DecisionStatus, number>>;
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
}

/** All that the guardian remembers. Every call throws a `DeliveryError` `store_unavailable` when the database fails. */
export interface Store {
  approvals: Approvals;
  /** The same approvals; each change to them is made once, however often the delivery's handler runs. */
  approvalsDuring: (delivery: DeliveryKeys) => Approvals;
  decisions: Decisions;
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
