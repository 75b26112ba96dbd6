import { issueName } from 'kiket-express';
// example: fields
import { labelsOf } from 'kiket-express';
// end
import { whoMayApprove } from '../guards/approvalRules.ts';
import { blankFields } from '../guards/requireFields.ts';
import { listener } from '../settings.ts';

/** Comments on a new issue with what it needs before it can enter a protected status. */
export const commentRequirements = listener(async ({ issue, settings, comment, log }) => {
  if (issue === undefined) return;
  const needs: string[] = [];
  // example: fields
  // A field that can't be read may be filled in.
  const read = (name: string) => issue.field(name).catch(() => 'unknown');
  const missing = await blankFields(settings.required_fields, read);
  if (missing.length > 0) needs.push(`${labelsOf(missing)} filled in`);
  // end
  // example: checks
  if (settings.checks_url !== '') needs.push('green checks');
  // end
  // example: approvals
  const approvals = settings.required_approvals;
  const { whom } = whoMayApprove(settings, [], [], approvals);
  if (approvals > 0) needs.push(`${approvals} approval${approvals === 1 ? '' : 's'} from ${whom}`);
  // end
  log.info({ issue: issueName(issue), needs }, 'what the new issue needs');
  if (needs.length === 0) return;
  const statuses = settings.protected_statuses.map((status) => `"${status}"`).join(' or ');
  await comment(`Before moving this issue to ${statuses}, it needs ${needs.join(', and ')}.`);
});
