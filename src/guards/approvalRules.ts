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

/** Who may still approve a move, for a sentence and by their identifiers. */
export function whoMayApprove(settings: ApprovalSettings, mover: Person, moverName: string, givenBy: Person) {
  const { approvers, allow_self_approval: allowsSelf } = settings;
  const notFrom = allowsSelf ? givenBy : [...mover, ...givenBy];
  const anyone = allowsSelf ? 'anyone' : `anyone but ${moverName}`;
  if (approvers.length === 0) return { whom: anyone, data: { approval_not_from: notFrom } };
  const others = approvers.filter((each) => !isSamePerson(each, notFrom));
  const nobody = `an approver other than ${moverName}, but "Who can approve" in the settings lists nobody else`;
  return { whom: others.length > 0 ? namesOf(others) : nobody, data: { approval_from: others.flat() } };
}
