import type { Listener } from '../../kiket/extension.ts';
import { toleranceSeconds } from '../../kiket/signature.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/**
 * After a move into a protected status its approvals are spent: the next move needs new ones. A delivery that comes late
 * spends only what was given by the time of the move, with some slack for clocks that differ: asking again is safe.
 */
export const markApprovalsUsed: Listener<GuardianSettings> = async (
  { transition, occurredAt },
  { settings, store, now, log },
) => {
  if (transition === undefined || !entersProtectedStatus(transition, settings)) return;
  const movedAt = occurredAt ?? now;
  const givenUntil = new Date(movedAt.getTime() + toleranceSeconds * 1000);
  const used = await store.approvals.use(transition.issue, givenUntil, now);
  log.info({ used }, 'approvals used');
};
