import { failure, success } from '../../kiket/decision.ts';
import type { Action } from '../../kiket/extension.ts';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** A dry run: what would block this issue if the person who asks moved it into each protected status now. */
export const explainTransition: Action<GuardianSettings> = async ({ issue, actor }, { settings, review }) => {
  if (issue === undefined) return failure('Kiket did not say which issue this is about. Start it from an issue.');
  const answers = await Promise.all(
    settings.protected_statuses.map(async (to) => {
      const { status, message, metadata } = await review({ issue, from: issue.status, to, mover: actor });
      return { to, status, message: message ?? 'Nothing blocks it.', reasons: metadata['reasons'] ?? [] };
    }),
  );
  const sentences = answers.map(({ to, status, message }) => `Moving to "${to}" now: ${status}. ${message}`);
  return success(`${issueName(issue)}: ${sentences.join(' ')}`, { transitions: answers });
};
