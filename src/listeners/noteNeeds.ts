import type { Listener } from 'kiket-express';
import { callIfAllowed } from '../callIfAllowed.ts';
import { blankFields, knownFields } from '../issueFields.ts';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** Says in a comment, and in the log, what a new issue will need before it may enter a protected status. */
export const noteNeeds: Listener<GuardianSettings> = async ({ issue }, context) => {
  if (issue === undefined) return;
  const { settings, endpoints, log, step } = context;
  const { required_approvals: approvalsNeeded, protected_statuses: statuses } = settings;
  const fields = await knownFields(issue, settings.required_fields, context);
  const missingFields = blankFields({ fields }, settings.required_fields);
  log.info({ issue: issueName(issue), missingFields, approvalsNeeded }, 'a new issue will need this');

  const { key = issue.id } = issue;
  const needs = [
    missingFields.length === 0 ? [] : `${missingFields.join(', ')} filled in`,
    settings.checks_url === '' ? [] : 'green checks',
    approvalsNeeded === 0 ? [] : `${approvalsNeeded} approval${approvalsNeeded === 1 ? '' : 's'} by somebody else`,
  ].flat();
  if (key === undefined || needs.length === 0) return;
  const names = statuses.map((status) => `"${status}"`).join(' or ');
  const text = `Before this issue moves to ${names} it needs ${needs.join(', and ')}.`;
  await callIfAllowed(context, 'comments:write', () =>
    step('comment', async (idempotencyKey) => {
      await endpoints.issues.comment(key, text, { idempotencyKey });
    }),
  );
};
