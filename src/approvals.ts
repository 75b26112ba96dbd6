import { type Approval, areDifferentPeople, isSamePerson, type Person } from 'kiket-express';

/** Which approvals count, and why the others do not. */
export interface CountedApprovals {
  counted: readonly Approval[];
  ignored: readonly { approver: Person; reason: string }[];
}

/**
 * Counts the approvals by people who are certainly not the mover and certainly not each other. Whoever is known only by
 * e-mail address here and only by id there may be the same person, so such an approval waits for a clearer one.
 *
 * @param mover who moves the issue; without one every approver counts once
 */
export function countApprovals(approvals: readonly Approval[], mover?: Person): CountedApprovals {
  // Which approvals can stand side by side depends on where one begins, so each may be the first.
  const counts = approvals.map((first) =>
    countInOrder([first, ...approvals.filter((approval) => approval !== first)], mover),
  );
  return counts.reduce((best, count) => (count.counted.length > best.counted.length ? count : best), {
    counted: [],
    ignored: counts[0]?.ignored ?? [],
  });
}

function countInOrder(approvals: readonly Approval[], mover: Person | undefined): CountedApprovals {
  const counted: Approval[] = [];
  const ignored: { approver: Person; reason: string }[] = [];
  for (const approval of approvals) {
    const { approver } = approval;
    const others = counted.map((each) => each.approver);
    const reason = reasonToIgnore(approver, mover, others);
    if (reason === undefined) {
      counted.push(approval);
      continue;
    }
    ignored.push({ approver, reason });
  }
  return { counted, ignored };
}

function reasonToIgnore(approver: Person, mover: Person | undefined, others: readonly Person[]): string | undefined {
  if (mover !== undefined && isSamePerson(approver, mover)) return 'it is by the one who moves the issue';
  if (mover !== undefined && !areDifferentPeople(approver, mover)) {
    return mover.length === 0
      ? 'Kiket does not say who moves the issue'
      : 'Kiket names approver and mover differently, so they may be one person';
  }
  if (others.some((other) => isSamePerson(approver, other))) return 'this person has approved already';
  return others.every((other) => areDifferentPeople(approver, other))
    ? undefined
    : 'Kiket names two approvers differently, so they may be one person';
}
