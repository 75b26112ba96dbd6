import { type Action, failure, isSamePerson, success } from 'kiket-express';
import { countApprovals } from '../approvals.ts';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** Counts the person who triggers it as an approver of the issue. Doing it twice changes nothing. */
export const approveTransition: Action<GuardianSettings> = async ({ issue, actor }, { store, settings, now }) => {
  if (issue === undefined) return failure('Kiket did not say which issue this is about. Start it from an issue.');
  if (actor.length === 0) return failure("Kiket did not say who you are, so the approval would be nobody's.");
  const { counted, ignored } = countApprovals(await store.approvals.give(issue, actor, now));
  const needed = settings.required_approvals;
  const own = ignored.find(({ approver }) => isSamePerson(approver, actor));
  const sentences = [`You approved ${issueName(issue)}: ${counted.length} of ${needed} approvals given.`];
  if (own !== undefined) sentences.push(`Yours does not count yet: ${own.reason}.`);
  return success(sentences.join(' '), {
    approvals_given: counted.length,
    approvals_needed: needed,
  });
};
