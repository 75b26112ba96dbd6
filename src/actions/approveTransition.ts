import { failure, fullNameOf, issueName, namesOf, success } from 'kiket-express';
import { approvalRules } from '../guards/approvalRules.ts';
import { action } from '../settings.ts';

/** Counts the person who triggers it as an approver of the issue. Doing it twice gives one approval. */
export const approveTransition = action(async ({ issue, actor, actorIsAmong, approvals, settings }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Run the action from an issue.");
  if (actor.length === 0) return failure("Kiket didn't say who you are, so your approval can't be counted.");
  const { approvers, required_approvals: needed } = settings;
  if (needed === 0) return failure('No approvals are needed here: the setting "Required approvals" is 0.');
  if (approvers.length > 0 && !(await actorIsAmong(approvers))) {
    return failure(`Only ${namesOf(approvers)} can approve here, and Kiket knows you as ${fullNameOf(actor)}.`);
  }
  const name = issueName(issue);
  const counted = await approvals.give(issue, actor, approvalRules(settings));
  if (counted === undefined) {
    return failure(`${name} matches two issues, so neither is approved. Run the action from the issue itself.`);
  }
  return success([`You approved ${name}: ${counted.given} of ${needed} approvals given.`, ...counted.notes].join(' '), {
    approvals_given: counted.given,
    approvals_needed: needed,
  });
});
