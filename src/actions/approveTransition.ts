import { failure, issueName, success } from 'kiket-express';
import { action } from '../settings.ts';

/** Counts the person who triggers it as an approver of the issue. Doing it twice changes nothing. */
export const approveTransition = action(async ({ issue, actor, approvals, settings }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Start it from an issue.");
  if (actor.length === 0) return failure("Kiket didn't say who you are, so the approval would be nobody's.");
  const name = issueName(issue);
  const approval = await approvals.give(issue, actor);
  if (approval === undefined) {
    return failure(`${name} could be either of two issues, so you approved neither. Start it from the issue.`);
  }
  const { given, notes } = approval;
  const needed = settings.required_approvals;
  return success([`You approved ${name}: ${given} of ${needed} approvals given.`, ...notes].join(' '), {
    approvals_given: given,
    approvals_needed: needed,
  });
});
