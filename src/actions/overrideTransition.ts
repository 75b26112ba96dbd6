import { failure, fullNameOf, isBlank, issueName, namesOf, success } from 'kiket-express';
import { action } from '../settings.ts';

/** In an emergency, gets the issue's next move within an hour past the `overridable` guards, once, with a reason. */
export const overrideTransition = action(async ({ issue, actor, actorIsAmong, approvals, input, settings }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Run the action from an issue.");
  if (actor.length === 0) return failure("Kiket didn't say who you are, so nothing is overridden.");
  const users = settings.override_users;
  if (users.length === 0) return failure('Nobody can override here: the setting "Who can override" is empty.');
  if (!(await actorIsAmong(users))) {
    return failure(`Only ${namesOf(users)} can override here, and Kiket knows you as ${fullNameOf(actor)}.`);
  }
  const reason = input('reason');
  if (isBlank(reason)) return failure('Give a reason for the override. It goes into a comment on the issue.');
  const name = issueName(issue);
  if (!(await approvals.override(issue, actor, reason))) {
    return failure(`${name} matches two issues, so nothing is overridden. Run the action from the issue itself.`);
  }
  const sentences = [`${name} can move once within the next hour.`];
  // example: fields
  sentences.push('Required fields must still be filled in.');
  // end
  return success(sentences.join(' '));
});
