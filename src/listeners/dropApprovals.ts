import { labelsOf } from 'kiket-express';
import { listener } from '../settings.ts';

/** When a field in `approval_fields` changes, the approvals given before no longer count, and a comment says so. */
export const dropApprovals = listener(async ({ issue, transition, settings, approvals, comment }) => {
  if (issue === undefined) return;
  const dropped = await approvals.dropChanged(issue, settings.approval_fields);
  // Kiket may only report a move like this. It may also be an earlier one, so approvals for the next one stay.
  if (transition !== undefined) await approvals.spend({ isReported: false, onlyBound: true });
  if (dropped.length === 0) return;
  const labels = (key: 'changed' | 'unknown') => labelsOf([...new Set(dropped.flatMap((approval) => approval[key]))]);
  const why = labels('changed') === '' ? `${labels('unknown')} may have changed` : `${labels('changed')} changed`;
  const whose = dropped.map(({ approver }) => approver).join(' and ');
  const what = dropped.length === 1 ? `approval by ${whose} no longer counts` : `approvals by ${whose} no longer count`;
  await comment(`The ${what}, because ${why}. Please approve again.`);
});
