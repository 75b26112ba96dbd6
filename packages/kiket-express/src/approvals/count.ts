import type { Approval } from '../store/store.ts';
import { areDifferentPeople, isSamePerson, kindsOf, lookOf, type Person } from './person.ts';

/** Which approvals count, and why the others don't. */
export interface CountedApprovals {
  counted: readonly Approval[];
  ignored: readonly { approver: Person; reason: string }[];
}

/**
 * Counts the approvals by people who are certainly neither the mover nor each other. If one person is only known by
 * email address and another only by id, they may be the same person, so only one of them counts.
 *
 * Runs in linear time.
 *
 * @param approvals with every known identifier of each approver
 * @param mover who moves the issue, also with every known identifier; without a mover, every approver counts once
 */
export function countApprovals(approvals: readonly Approval[], mover?: Person): CountedApprovals {
  const reasons = new Map<Approval, string>();
  const seen = new Set<string>();
  for (const approval of approvals) {
    const { approver } = approval;
    const reason = reasonOfMover(approver, mover);
    if (reason !== undefined) reasons.set(approval, reason);
    else if (approver.some((identifier) => seen.has(lookOf(identifier)))) {
      reasons.set(approval, 'this person has already approved');
    } else for (const identifier of approver) seen.add(lookOf(identifier));
  }
  const people = approvals.filter((approval) => !reasons.has(approval));
  const counted = findComparable(people);
  for (const approval of people) {
    if (counted.has(approval)) continue;
    reasons.set(approval, 'Kiket identifies two approvers in different ways, so they may be the same person');
  }
  return {
    counted: people.filter((approval) => counted.has(approval)),
    ignored: approvals.flatMap((approval) => {
      const reason = reasons.get(approval);
      return reason === undefined ? [] : [{ approver: approval.approver, reason }];
    }),
  };
}

function reasonOfMover(approver: Person, mover: Person | undefined): string | undefined {
  if (mover === undefined) return undefined;
  if (isSamePerson(approver, mover)) return 'it comes from the person moving the issue';
  if (areDifferentPeople(approver, mover)) return undefined;
  return mover.length === 0
    ? "Kiket doesn't say who is moving the issue"
    : 'Kiket identifies the approver and the mover in different ways, so they may be the same person';
}

/**
 * The largest group that shares a kind of identifier, so that its people are certainly different. Without such a group,
 * the first approval counts.
 */
function findComparable(approvals: readonly Approval[]): ReadonlySet<Approval> {
  const byKind = new Map<string, Approval[]>();
  for (const approval of approvals) {
    for (const kind of kindsOf(approval.approver)) {
      const others = byKind.get(kind) ?? [];
      others.push(approval);
      byKind.set(kind, others);
    }
  }
  let most = approvals.slice(0, 1);
  for (const comparable of byKind.values()) if (comparable.length > most.length) most = comparable;
  return new Set(most);
}
