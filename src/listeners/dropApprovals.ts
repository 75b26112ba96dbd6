import { labelsOf } from 'kiket-express';
import { listener } from '../settings.ts';

/** When a field in `approval_fields` changes, the approvals given before no longer count, and a comment says so. */
export const dropApprovals = listener(async ({ issue, settings, approvals, comment }) => {
  if (issue === undefined) return;
  const dropped = await approvals.dropChanged(issue, settings.approval_fields);
  if (dropped.length === 0) return;
  const changed = labelsOf([...new Set(dropped.flatMap((approval) => approval.changed))]);
  const whose = dropped.map(({ approver }) => approver).join(' and ');
  const what =
    dropped.length === 1 ? `The approval by ${whose} no longer counts` : `The approvals by ${whose} no longer count`;
  await comment(`${what}, because ${changed} changed. Please approve again.`);
});
