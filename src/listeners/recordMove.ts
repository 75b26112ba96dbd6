import { includesStatus, type SpentApprovals } from 'kiket-express';
import { listener } from '../settings.ts';
import { readRows, writeRows } from './decisionRows.ts';

/** Records a move to a protected status in Kiket. Each step takes effect once, even if Kiket delivers the move again. */
export const recordMove = listener(async (input) => {
  const { transition, settings, comment } = input;
  const isProtected = transition !== undefined && includesStatus(settings.protected_statuses, transition.to);
  const spent: SpentApprovals[] = [];
  // example: approvals or override
  // A delivery that doesn't say where the issue moved may be about a protected status. One that isn't may have been.
  spent.push(await input.approvals.spend(isProtected ? {} : { isReported: false, onlyBound: Boolean(transition) }));
  // end
  if (!isProtected) return;
  const message = byWhom(spent);
  // example: decisions
  const [move, ...onTheWay] = await readRows(input, { transition, spent, message });
  if (move !== undefined) await writeRows(input, [move]);
  // end
  await comment([`Moved to "${transition.to}".`, message].join(' ').trim());
  // example: decisions
  // Nothing waits for these, so they come last.
  if (onTheWay.length > 0) await writeRows(input, onTheWay);
  // end
});

/** Who let the move through, in sentences. */
function byWhom(spent: readonly SpentApprovals[]): string {
  return spent
    .flatMap(({ approvers, override }) => [
      ...(approvers.length === 0 ? [] : [`Approved by ${approvers.join(', ')}.`]),
      ...(override === undefined ? [] : [`Overridden by ${override.by}: ${override.reason}`]),
    ])
    .join(' ');
}
