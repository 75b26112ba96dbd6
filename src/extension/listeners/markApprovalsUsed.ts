import type { Listener } from '../../kiket/extension.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** How far Kiket's clock and ours may differ, in milliseconds. */
const clockSlackMs = 5 * 60 * 1000;

/**
 * After a move into a protected status its approvals are spent: the next move needs new ones. If the body says when the
 * move happened, a delivery that comes late spends only what was given by then, with some slack for clocks that differ;
 * else everything that is open. Spending too much is the safe side: somebody is asked again.
 */
export const markApprovalsUsed: Listener<GuardianSettings> = async (
  { transition, occurredAt },
  { settings, store, now, log },
) => {
  if (transition === undefined || !entersProtectedStatus(transition, settings)) return;
  const givenUntil = new Date((occurredAt ?? now).getTime() + clockSlackMs);
  const used = await store.approvals.use(transition.issue, givenUntil, now);
  log.info({ used }, 'approvals used');
};
