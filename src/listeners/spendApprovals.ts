import { includesStatus } from 'kiket-express';
import { listener } from '../settings.ts';

/**
 * A move may be told under another name of the event as well, or under that alone: its approvals are spent all the same. Who
 * gave them is left for recordMove.ts to tell.
 */
export const spendApprovals = listener(async ({ transition, settings, approvals }) => {
  const isElsewhere = transition !== undefined && !includesStatus(settings.protected_statuses, transition.to);
  await approvals.spend({ isTold: false, onlyBound: isElsewhere });
});
