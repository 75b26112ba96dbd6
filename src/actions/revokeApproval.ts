import { failure, issueName, success } from 'kiket-express';
import { action } from '../settings.ts';

/** Takes back the approval of the person who triggers it, unless a move has used it. */
export const revokeApproval = action(async ({ issue, actor, approvals }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Run the action from an issue.");
  if (actor.length === 0) return failure("Kiket didn't say who you are, so no approval is taken back.");
  const revoked = await approvals.revoke(issue, actor);
  if (revoked === 0) return failure(`${issueName(issue)} has no approval of yours that you can take back.`);
  return success(`You took back your approval of ${issueName(issue)}.`);
});
