import { allow, nameOf, pending, timeText } from 'kiket-express';
import { guard } from '../settings.ts';
import { approvalRules, whoMayApprove } from './approvalRules.ts';

/** A protected status needs approvals, by default from people other than the mover. Until they're given, the move is pending. */
export const requireApprovals = guard(async ({ transition, settings, approvals }) => {
  const needed = settings.required_approvals;
  if (needed === 0) return allow();
  const counted = await approvals.count(transition, needed, approvalRules(settings));
  const { id, given, givenBy, notes, holdUntil, isSelfApproved } = counted;
  const counts = { approval_id: id, approvals_given: given, approvals_needed: needed };
  const data = isSelfApproved ? { ...counts, self_approved: true } : counts;
  const { to, mover } = transition;
  if (given >= needed) {
    return allow({ data, ...(isSelfApproved ? { message: `${nameOf(mover)} approved their own move.` } : {}) });
  }
  const missing = needed - given;
  const approvalsLeft = `${missing} more approval${missing === 1 ? '' : 's'}`;
  const { whom, data: who } = whoMayApprove(settings, mover, givenBy, missing);
  const sentences = [`Moving to "${to}" waits for ${approvalsLeft} from ${whom} (${given} of ${needed} given).`];
  const hours = settings.approval_expiry_hours;
  if (holdUntil !== undefined) sentences.push(`Approvals given so far expire on ${timeText(holdUntil)}.`);
  else if (hours > 0) sentences.push(`Approvals expire after ${hours} hour${hours === 1 ? '' : 's'}.`);
  return pending([...sentences, ...notes].join(' '), { data: { ...data, ...who, passes: `with ${approvalsLeft}` } });
});
