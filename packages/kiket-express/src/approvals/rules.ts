import { timeText } from '../extension/timeText.ts';
import type { Approval, FieldMarks } from '../store/store.ts';
import { labelsOf } from '../text/label.ts';
import { isAmong, type Person } from './person.ts';

/** Which approvals count. Without rules, everyone's but the mover's count until a move uses them. */
export interface ApprovalRules {
  /** Who may approve; everyone if the list is empty. */
  approvers?: readonly Person[];
  /** Whether people may approve their own moves. */
  allowSelf?: boolean;
  /** How long an approval is valid, in milliseconds; 0 means forever. */
  holdsForMs?: number;
  /** Names of the fields that an approval covers: when one of them changes, it no longer counts. */
  fields?: readonly string[];
}

/** When an approval expires; `undefined` if it doesn't. */
export function expiryOf({ givenAt }: Approval, { holdsForMs = 0 }: ApprovalRules): Date | undefined {
  return holdsForMs > 0 ? new Date(givenAt.getTime() + holdsForMs) : undefined;
}

/** Why an approval doesn't count, no matter who moves the issue; `undefined` if it may count. */
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
  // A value that is unknown on either side may be unchanged. An update decides.
  const changed = Object.keys(marks).filter((name) => ![undefined, marks[name]].includes(markIn(approval, name)));
  return changed.length === 0 ? undefined : `${labelsOf(changed)} changed afterwards`;
}

/** The mark of a field when it was approved, if it's known. */
export function markIn({ fields = {} }: Approval, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
