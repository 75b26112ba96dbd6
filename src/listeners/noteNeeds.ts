import { issueName } from 'kiket-express';
import { whoMayApprove } from '../guards/approvalRules.ts';
import { blankFields } from '../guards/requireFields.ts';
import { listener } from '../settings.ts';

/** Says in a comment what a new issue will need before it may enter a protected status. */
export const noteNeeds = listener(async ({ issue, settings, comment, log }) => {
  if (issue === undefined) return;
  const needs: string[] = [];
  // example: fields
  // What nobody can look up may be filled in.
  const read = (name: string) => issue.field(name).catch(() => 'unknown');
  const missing = await blankFields(settings.required_fields, read);
  if (missing.length > 0) needs.push(`${missing.join(', ')} filled in`);
  // end
  // example: checks
  if (settings.checks_url !== '') needs.push('green checks');
  // end
  // example: approvals
  const approvals = settings.required_approvals;
  const whom = whoMayApprove(settings, [], 'the person moving it');
  if (approvals > 0) needs.push(`${approvals} approval${approvals === 1 ? '' : 's'} from ${whom}`);
  // end
  log.info({ issue: issueName(issue), needs }, 'a new issue will need this');

  if (needs.length === 0) return;
  const statuses = settings.protected_statuses.map((status) => `"${status}"`).join(' or ');
  await comment(`Before moving this issue to ${statuses}, it needs ${needs.join(', and ')}.`);
});
