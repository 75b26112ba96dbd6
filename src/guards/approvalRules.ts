import { isSamePerson, nameOf, namesOf, type ApprovalRules, type Person } from 'kiket-express';

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

/** Who may still approve a move, for a sentence that says if they are too few, and by their identifiers. */
export function whoMayApprove(settings: ApprovalSettings, mover: Person, givenBy: Person, missing: number) {
  const { approvers, allow_self_approval: allowsSelf } = settings;
  const notFrom = allowsSelf ? givenBy : [...mover, ...givenBy];
  const anyone = allowsSelf ? 'anyone' : `anyone but ${mover.length > 0 ? nameOf(mover) : 'the person moving it'}`;
  if (approvers.length === 0) return { whom: anyone, data: { approval_not_from: notFrom } };
  const others = approvers.filter((each) => !isSamePerson(each, notFrom));
  const tooFew = others.length < missing ? ', but "Who can approve" in the settings lists nobody else' : '';
  return { whom: (namesOf(others) || 'somebody else') + tooFew, data: { approval_from: others.flat() } };
}
