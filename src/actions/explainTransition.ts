import { failure, issueName, success } from 'kiket-express';
import { action } from '../settings.ts';

/**
 * A dry run: what would block this issue if the person who asks moved it now, into the status of the `transition` that
 * the delivery names or else into each protected one. `guards` has what every guard says, also those that allow.
 */
export const explainTransition = action(async ({ issue, actor, transition, settings, review }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Start it from an issue.");
  const statuses = transition === undefined ? settings.protected_statuses : [transition.to];
  const answers = await Promise.all(
    statuses.map(async (to) => {
      const { status, message, metadata, guards } = await review({ issue, from: issue.status, to, mover: actor });
      return { to, status, message: message ?? 'Nothing blocks it.', reasons: metadata['reasons'] ?? [], guards };
    }),
  );
  const sentences = answers.map(({ to, status, message }) => `Moving to "${to}" now: ${status}. ${message}`);
  return success(`${issueName(issue)}: ${sentences.join(' ')}`, { transitions: answers });
});
