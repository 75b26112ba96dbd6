import { type Action, failure, success } from 'kiket-express';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** Takes back the approval of the person who triggers it, as long as no move has used it. */
export const revokeApproval: Action<GuardianSettings> = async ({ issue, actor }, { store, now }) => {
  if (issue === undefined) return failure('Kiket did not say which issue this is about. Start it from an issue.');
  if (actor.length === 0) return failure('Kiket did not say who you are.');
  const revoked = await store.approvals.revoke(issue, actor, now);
  if (revoked === 0) return failure(`You have no open approval of ${issueName(issue)}.`);
  return success(`You took back your approval of ${issueName(issue)}.`);
};
