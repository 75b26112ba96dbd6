import { failure, isBlank, issueName, nameOf, namesOf, success } from 'kiket-express';
import { action } from '../settings.ts';

/**
 * The way out in an emergency: the issue's next move within an hour passes the guards that are `overridable`, once. For people
 * on `override_users`, with a reason that everybody can read afterwards.
 */
export const overrideTransition = action(async ({ issue, actor, actorIsAmong, approvals, input, settings }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Start it from an issue.");
  const users = settings.override_users;
  if (users.length === 0) return failure('Nobody can override here: the setting "Who can override" is empty.');
  if (!(await actorIsAmong(users))) {
    return failure(`Only ${namesOf(users)} can override here, and Kiket knows you as ${nameOf(actor)}.`);
  }
  const reason = input('reason');
  if (isBlank(reason)) return failure('Say why you override: the reason goes into a comment on the issue.');
  const name = issueName(issue);
  if (!(await approvals.override(issue, actor, reason))) {
    return failure(`${name} could be either of two issues, so nothing is overridden. Start it from the issue.`);
  }
  return success(`You can move ${name} now, once, within an hour. Required fields still have to be filled in.`);
});
