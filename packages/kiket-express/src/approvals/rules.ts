import { timeText } from '../extension/timeText.ts';
import type { Approval, FieldMarks } from '../store/store.ts';
import { labelsOf } from '../text/label.ts';
import { isAmong, type Person } from './person.ts';

/** Which approvals count. Without any rule: those of everybody but the mover, until a move has used them. */
export interface ApprovalRules {
  /** Who may approve; everybody if nobody is named. */
  approvers?: readonly Person[];
  /** Whether people may approve their own moves. */
  allowSelf?: boolean;
  /** How long an approval holds, in milliseconds; 0 is without an end. */
  holdsForMs?: number;
  /** Names of the fields that are approved: when one of them has changed, the approval doesn't count. */
  fields?: readonly string[];
}

/** When an approval expires; `undefined` if it doesn't. */
export function expiryOf({ givenAt }: Approval, { holdsForMs = 0 }: ApprovalRules): Date | undefined {
  return holdsForMs > 0 ? new Date(givenAt.getTime() + holdsForMs) : undefined;
}

/** Why an approval doesn't count, whoever moves the issue; `undefined` if it may count. */
export function reasonByRules(
  approval: Approval,
  rules: ApprovalRules,
  { now, marks }: { now: Date; marks: FieldMarks },
): string | undefined {
  const { approvers = [] } = rules;
  const isApprover = approvers.length === 0 || isAmong(approvers, approval.approver, approval.namedAs);
  if (!isApprover) return "they aren't on the list of approvers";
  const expiry = expiryOf(approval, rules);
  if (expiry !== undefined && expiry <= now) return `it expired on ${timeText(expiry)}`;
  // What is unknown on either side may be the same: an update is what tells.
  const changed = Object.keys(marks).filter((name) => ![undefined, marks[name]].includes(markIn(approval, name)));
  return changed.length === 0 ? undefined : `${labelsOf(changed)} changed afterwards`;
}

/** What a field held when it was approved, if anybody knows. */
export function markIn({ fields = {} }: Approval, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
