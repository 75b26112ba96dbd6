import type { Listener } from '../../kiket/extension.ts';
import { blankFields } from '../issueFields.ts';
import { issueName } from '../issueName.ts';
import type { GuardianSettings } from '../settings.ts';

/** Notes in the log what a new issue will need before it may enter a protected status. */
export const noteNeeds: Listener<GuardianSettings> = ({ issue }, { settings, log }) => {
  if (issue === undefined) return;
  log.info(
    {
      issue: issueName(issue),
      missingFields: blankFields(issue, settings.required_fields),
      approvalsNeeded: settings.required_approvals,
    },
    'a new issue will need this',
  );
};
