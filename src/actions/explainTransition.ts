import { failure, issueName, success, type DecisionReason } from 'kiket-express';
import { action } from '../settings.ts';

/**
 * A dry run: what would block this issue if the person asking moved it now, to the status that the delivery's `transition`
 * names, or else to each protected one. `guards` has every guard's answer, including those that allow.
 */
export const explainTransition = action(async ({ issue, actor, transition, settings, review }) => {
  if (issue === undefined) return failure("Kiket didn't say which issue this is about. Run the action from an issue.");
  const would = { allow: 'would be allowed', pending: 'would have to wait', deny: 'would be denied' };
  const statuses = transition === undefined ? settings.protected_statuses : [transition.to];
  const answers = await Promise.all(
    statuses.map(async (to) => {
      const { status, message, metadata, guards } = await review({ issue, from: issue.status, to, mover: actor });
      return { to, status, message: message ?? 'Nothing blocks it.', metadata, guards };
    }),
  );
  const sentences = answers.map(({ to, status, message, guards }) =>
    [`Moving to "${to}" now ${would[status]}.`, message, ...(status === 'allow' ? [] : whenItPasses(guards))].join(' '),
  );
  return success(`${issueName(issue)}: ${sentences.join(' ')}`, { transitions: answers });
});

/** When the move would pass, if every blocking guard says so. */
function whenItPasses(guards: readonly DecisionReason[]): string[] {
  const blocking = guards.filter(({ status }) => status !== 'allow');
  const conditions = blocking.flatMap(({ passes }) => passes ?? []);
  if (conditions.length === 0 || conditions.length < blocking.length) return [];
  return [`It would pass ${conditions.join(', ')}.`];
}
