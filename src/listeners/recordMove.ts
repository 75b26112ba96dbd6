import { includesStatus } from 'kiket-express';
import { listener } from '../settings.ts';
import { readRows, writeRows } from './decisionRows.ts';

/**
 * Tells Kiket of a move into a protected status. Each part of it is done once, also if a later one fails and the delivery
 * comes again.
 */
export const recordMove = listener(async (input) => {
  const { transition, settings, kiket, step, ifAllowed } = input;
  const isProtected = transition !== undefined && includesStatus(settings.protected_statuses, transition.to);
  // example: approvals
  // Where the issue has moved to may stay unsaid; then it may well be a protected status. One that isn't may have been.
  if (!isProtected) await input.approvals.spend({ isTold: false, onlyBound: transition !== undefined });
  // end
  if (!isProtected) return;
  const approvers: string[] = [];
  // example: approvals
  approvers.push(...(await input.approvals.spend()));
  // end
  // example: decisions
  const [move, ...onTheWay] = await readRows(input, { transition, approvers });
  if (move !== undefined) await writeRows(input, [move]);
  // end

  const { key = transition.issue.id } = transition.issue;
  if (key !== undefined) {
    const by = approvers.length === 0 ? '' : ` Approved by ${approvers.join(', ')}.`;
    await ifAllowed('comments:write', () =>
      step('comment', async (idempotencyKey) => {
        await kiket.issues.comment(key, `Moved to "${transition.to}".${by}`, { idempotencyKey });
      }),
    );
  }
  // example: decisions
  // Nothing waits for these, so they come last.
  if (onTheWay.length > 0) await writeRows(input, onTheWay);
  // end
});
