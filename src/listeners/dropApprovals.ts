import { listener } from '../settings.ts';

/** An approval is of what was approved: when a field of `approval_fields` changes, it no longer counts, and a comment says so. */
export const dropApprovals = listener(async ({ issue, settings, approvals, comment }) => {
  if (issue === undefined) return;
  const dropped = await approvals.dropChanged(issue, settings.approval_fields);
  if (dropped.length === 0) return;
  const changed = [...new Set(dropped.flatMap((approval) => approval.changed))].join(' and ');
  const whose = dropped.map(({ approver }) => approver).join(' and ');
  const what =
    dropped.length === 1 ? `The approval by ${whose} no longer counts` : `The approvals by ${whose} no longer count`;
  await comment(`${what}, because ${changed} changed. Please approve again.`);
});
