import type { IssueReference, Transition } from '../delivery.ts';
import type { Person } from '../approvals/person.ts';

/** A person's approval of a move to a protected status. Open until a move uses it or it's revoked. */
export interface Approval {
  id: string;
  /** The ids of earlier ones by the same person, which let the same move through or none: they are one approval. */
  repeats?: readonly string[];
  /** With every known identifier, those of the approval itself first. */
  approver: Person;
  /** The approval's own identifiers, if more are known. */
  namedAs?: Person;
  givenAt: Date;
  /** The status that it let a move to. It can't be used for another one. */
  boundTo: string | undefined;
  /** What was approved, if it was marked. */
  fields?: FieldMarks;
  /** The reason of an override. Lists of approvals never include overrides. */
  reason?: string;
}

/**
 * Marks of an issue's field values, by field name: text that changes when the value does. Unknown values have no mark.
 */
export type FieldMarks = Readonly<Record<string, string>>;

/** Identifies a project. */
export type ProjectReference = Pick<IssueReference, 'organization' | 'subdomain' | 'projectId' | 'projectKey'>;

/**
 * Approvals, by issue. They belong to what is certainly the issue: one with the same id, or with a key that only means
 * that id. Names in a reference are stored, so it must come from a signed body.
 */
export interface Approvals {
  /** The open approvals of an issue, oldest first. Without `now`, its names aren't stored. */
  list: (issue: IssueReference, now?: Date) => Promise<readonly Approval[]>;
  /**
   * Adds an approval of these field values, or renews the same one if it hasn't let a move through yet. Returns the last
   * open approval of each person for each move. An ambiguous issue gets none.
   */
  give: (
    issue: IssueReference,
    approver: Person,
    now: Date,
    given?: { fields?: FieldMarks },
  ) => Promise<readonly Approval[]>;
  /** Removes this person's open approvals. Returns how many there were. */
  revoke: (issue: IssueReference, approver: Person, now: Date) => Promise<number>;
  /** Removes the open approvals of an issue that are no longer valid, by these fields, and returns them. */
  drop: (
    issue: IssueReference,
    by: { fields: readonly string[]; isGood: (approval: Approval) => boolean },
    now: Date,
  ) => Promise<readonly Approval[]>;
  /** Stores or renews an override of the guards for an issue. Returns whether it's clear which issue that is. */
  override: (issue: IssueReference, by: Person, given: { reason: string; now: Date }) => Promise<boolean>;
  /**
   * The latest open override of an issue that can let a move to a status through: given less than `forMs` ago, by our
   * clock or the time of the latest delivery on any instance, whichever is later, so that a clock set back doesn't
   * prolong it.
   */
  findOverride: (
    issue: IssueReference,
    move: { to: string; now: Date; forMs: number; mayOverride?: (override: Approval) => boolean },
  ) => Promise<Approval | undefined>;
  /** Counts a project's overrides that let a move through since a time. */
  countOverrides: (project: ProjectReference, since: Date) => Promise<number>;
  /**
   * Stores that these approvals let a move to a status through, before the answer is sent. Returns whether all of them
   * are still open and haven't let a move to another status through. If not, nothing is stored, and the caller has to
   * decide again.
   */
  bind: (approvals: readonly Pick<Approval, 'id' | 'repeats'>[], to: string, now: Date) => Promise<boolean>;
  /**
   * Marks open approvals as used by a move, and returns those that certainly belong to this issue, oldest first: those
   * given by then, and those that let a move through, whenever they were given. Of the latter, those that may belong to
   * this issue are marked too. Overrides count as approvals here.
   *
   * @param isReported whether the caller reports who gave them; if not, the next use returns them too
   * @param onlyBound only those that let this move through, or an earlier one to the status it leaves
   */
  use: (
    issue: IssueReference,
    move: {
      givenUntil: Date;
      now: Date;
      isReported?: boolean;
      onlyBound?: Pick<Transition, 'from' | 'to'> | undefined;
    },
  ) => Promise<readonly Approval[]>;
}

/** What is known about names. */
export interface KnownNames {
  /** Stores the names that a signed body has for one thing. */
  learn: (issue: IssueReference | undefined, person: Person, now: Date) => Promise<void>;
  /** Whether these names could mean two issues. */
  isAmbiguous: (issue: IssueReference) => Promise<boolean>;
  /** A person with every known identifier. The given ones belong to one person from then on. */
  person: (person: Person, now: Date) => Promise<Person>;
}

/** Who waits for approvals. */
export interface WaitingMoves {
  /** Moves of what is certainly the issue, latest first, each with every known identifier of the mover. */
  moves: readonly { mover: Person; to: string }[];
  /** Whether a move is waiting that may belong to this issue or to another one. */
  isUnclear: boolean;
}

/** The result of a review. */
export type DecisionStatus = 'allow' | 'pending' | 'deny';

/** One guard's answer. */
export interface DecisionReason {
  guard: string;
  status: DecisionStatus;
  message?: string | undefined;
  /** When the move would pass, as the end of a sentence. */
  passes?: string | undefined;
}

/** One review, for the report and the history of a move. */
export interface RecordedDecision {
  issue: IssueReference;
  event: string;
  /** Keys of the delivery: see {@link Deliveries}. A repeat is not recorded again. */
  keys: readonly string[];
  status: DecisionStatus;
  failure: string | undefined;
  /** The answers of all guards that didn't simply allow. */
  reasons: readonly DecisionReason[];
  from: string | undefined;
  to: string;
  mover?: Person;
  decidedAt: Date;
}

/** A stored decision. */
export type PastDecision = Omit<RecordedDecision, 'issue' | 'event' | 'keys' | 'mover'> & { id: string };

/** Decisions, by project and by issue. */
export interface Decisions {
  /** Records a decision soon, in the background. Never throws and never waits. */
  record: (decision: RecordedDecision) => void;
  /**
   * Marks an issue's decisions until then as used by a move, and returns the latest 20 of them, oldest first. Unwritten
   * ones aren't included, so that a move never waits for them.
   *
   * @param delivery whose repeats get the same ones
   */
  use: (
    issue: IssueReference,
    decidedUntil: Date,
    now: Date,
    delivery?: DeliveryKeys,
  ) => Promise<readonly PastDecision[]>;
  /** The moves of an issue that weren't allowed since a time, among the latest decisions. */
  waiting: (issue: IssueReference, since: Date) => Promise<WaitingMoves>;
  /** Counts a project's decisions since a time. */
  count: (project: ProjectReference, since: Date) => Promise<Record<DecisionStatus, number>>;
}

/** The identity of a delivery. */
export interface DeliveryKeys {
  organization: string;
  event: string;
  /** If any of them was seen before, the delivery is a repeat. */
  keys: readonly string[];
}

/** The right to run a delivery's handler, or the state of an earlier run. */
export type Claim =
  { state: 'claimed'; id: string; owner: string } | { state: 'in_progress' } | { state: 'done'; answer: string };

/**
 * Seen deliveries, so that their effects happen once: the run of each with its answer, and the results of its steps. They
 * have tables of their own because they last differently: a failed run is forgotten, so that a redelivery runs again, and
 * its steps stay, so that it continues where it stopped. A run that dies can't be forgotten, so its claim ends by itself.
 */
export interface Deliveries {
  /** Claims a delivery for one run. An expired claim is free again. */
  claim: (delivery: DeliveryKeys, now: Date) => Promise<Claim>;
  /** Stores the answer of a run for repeats. */
  complete: (claim: { id: string; owner: string }, answer: string) => Promise<void>;
  /** Forgets a run that failed, so that a redelivery runs again. The results of its steps stay. */
  release: (claim: { id: string; owner: string }) => Promise<void>;
  /** The result of a step that was completed under any of the keys, if any. */
  findStep: (delivery: DeliveryKeys, name: string) => Promise<string | undefined>;
  keepStep: (delivery: DeliveryKeys, name: string, result: string, now: Date) => Promise<void>;
  /** The results of a step in every delivery that completed it, oldest first. */
  listSteps: (name: string) => Promise<readonly { delivery: DeliveryKeys; result: string }[]>;
}

/**
 * Everything that an extension stores. Every call throws a `DeliveryError` `store_unavailable` if the database fails.
 */
export interface Store {
  approvals: Approvals;
  /** The same approvals, but each change takes effect once, however often the delivery's handler runs. */
  approvalsDuring: (delivery: DeliveryKeys) => Approvals;
  decisions: Decisions;
  /** The same decisions, but repeats of the delivery use the same ones. */
  decisionsDuring: (delivery: DeliveryKeys) => Decisions;
  names: KnownNames;
  deliveries: Deliveries;
  /** Throws unless the database is writable. */
  ping: (now: Date) => Promise<void>;
  /** Deletes older rows without delaying deliveries, until told to stop. Returns how many were deleted. */
  prune: (olderThan: Date, signal?: AbortSignal) => Promise<number>;
  /** When the latest delivery was handled, on any instance; `undefined` if none was. */
  latest: () => Promise<Date | undefined>;
  /** Writes waiting decisions. Those that can't be written keep waiting. */
  settle: () => Promise<void>;
  /** Writes waiting decisions and closes the database. */
  close: () => Promise<void>;
}
