import { isSamePerson, namesOf, type ApprovalRules, type Person } from 'kiket-express';

/** The settings that say which approvals count. */
export interface ApprovalSettings {
  approvers: readonly Person[];
  allow_self_approval: boolean;
  approval_expiry_hours: number;
  approval_fields: readonly string[];
}

/** Which approvals count. */
export function approvalRules(settings: ApprovalSettings): ApprovalRules {
  return {
    approvers: settings.approvers,
    allowSelf: settings.allow_self_approval,
    holdsForMs: settings.approval_expiry_hours * 60 * 60 * 1000,
    fields: settings.approval_fields,
  };
}

/** Who may still approve a move, for a sentence. */
export function whoMayApprove(settings: ApprovalSettings, mover: Person, moverName: string, givenBy: Person): string {
  const { approvers, allow_self_approval: allowsSelf } = settings;
  if (approvers.length === 0) return allowsSelf ? 'anyone' : `someone other than ${moverName}`;
  const others = approvers.filter((each) => !isSamePerson(each, allowsSelf ? givenBy : [...mover, ...givenBy]));
  return others.length > 0 ? namesOf(others) : `an approver other than ${moverName}, but nobody else is listed`;
}
