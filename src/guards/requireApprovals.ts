import { allow, nameOf, pending } from 'kiket-express';
import { guard } from '../settings.ts';

/** A protected status needs approvals by people other than the one who moves the issue; until then the move waits. */
export const requireApprovals = guard(async ({ transition, settings, approvals }) => {
  const needed = settings.required_approvals;
  if (needed === 0) return allow();
  const { id, given, notes } = await approvals.count(transition, needed);
  const data = { approval_id: id, approvals_given: given, approvals_needed: needed };
  if (given >= needed) return allow({ data });
  const { to, mover } = transition;
  const missing = needed - given;
  const who = mover.length > 0 ? nameOf(mover) : 'the person moving it';
  const wait = `Moving to "${to}" waits for ${missing} more approval${missing === 1 ? '' : 's'} from someone other than ${who} (${given} of ${needed} given).`;
  return pending([wait, ...notes].join(' '), { data });
});
