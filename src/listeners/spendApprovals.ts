import { includesStatus } from 'kiket-express';
import { listener } from '../settings.ts';

/**
 * Kiket may report a move under a second event name, or only under that one. Its approvals are spent either way, and
 * recordMove.ts says who gave them.
 */
export const spendApprovals = listener(async ({ transition, settings, approvals }) => {
  const isElsewhere = transition !== undefined && !includesStatus(settings.protected_statuses, transition.to);
  await approvals.spend({ isReported: false, onlyBound: isElsewhere });
});
