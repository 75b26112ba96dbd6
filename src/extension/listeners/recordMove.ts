import type { Transition } from '../../kiket/delivery.ts';
import type { HandlerContext, Listener } from '../../kiket/extension.ts';
import { nameOf } from '../../kiket/person.ts';
import { approvalSentence } from '../approvalSentence.ts';
import { callIfAllowed } from '../callIfAllowed.ts';
import { rowsOfMove, writeRows, type CompletedMove, type DecisionRow } from '../decisionRows.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** How far Kiket's clock and ours may differ, in milliseconds. */
const clockSlackMs = 5 * 60 * 1000;

/**
 * After a move into a protected status its approvals are spent, and Kiket is told who gave them: in a row of the table
 * `decisions`, and in a comment. Rows about the decisions on the way to it follow last, because nothing waits for them.
 * Each of these is done once, also if a later one fails and the delivery comes again.
 */
export const recordMove: Listener<GuardianSettings> = async (delivery, context) => {
  const { transition } = delivery;
  // Where the issue has moved to may stay unsaid; then it may well be a protected status.
  if (transition === undefined) return spendApprovals(delivery, context);
  if (!entersProtectedStatus(transition, context.settings)) return;
  const movedAt = delivery.occurredAt ?? context.now;
  const approvers = await useApprovals(transition, movedAt, context);
  const [move, ...onTheWay] = await useDecisions({ transition, movedAt, approvers }, context);
  if (move !== undefined) await callIfAllowed(context, 'custom_data:write', () => writeRows([move], context));
  await callIfAllowed(context, 'comments:write', () => comment(transition, approvers, context));
  if (onTheWay.length > 0) await callIfAllowed(context, 'custom_data:write', () => writeRows(onTheWay, context));
};

/**
 * A move may be told under another name of the event as well, or under that alone: its approvals are spent all the same.
 * Who gave them is left for {@link recordMove} to tell.
 */
export const spendApprovals: Listener<GuardianSettings> = async (
  { issue, transition, occurredAt },
  { store, settings, now, log },
) => {
  if (issue === undefined || (transition !== undefined && !entersProtectedStatus(transition, settings))) return;
  const givenUntil = withSlack(occurredAt ?? now);
  const used = await store.approvals.use(issue, { givenUntil, now, isTold: false });
  log.info({ used: used.length }, 'approvals used');
};

/**
 * The next move needs new approvals. If the body says when the move happened, a delivery that comes late spends only what
 * was given by then, with some slack for clocks that differ, and what has let a move through; else everything that is
 * open. Spending too much is the safe side: somebody is asked again.
 */
async function useApprovals(
  { issue }: Transition,
  movedAt: Date,
  { store, now, log }: HandlerContext<GuardianSettings>,
): Promise<string[]> {
  const used = await store.approvals.use(issue, { givenUntil: withSlack(movedAt), now });
  log.info({ used: used.length }, 'approvals used');
  return used.map(({ approver }) => nameOf(approver));
}

/**
 * The rows about this move: a step, so that a delivery that comes again finds them although the decisions are used. They
 * are named by the step's key, because the delivery's id may be unsigned.
 */
function useDecisions(
  move: Pick<CompletedMove, 'transition' | 'movedAt' | 'approvers'>,
  { auth, store, now, step, log }: HandlerContext<GuardianSettings>,
): Promise<DecisionRow[]> {
  const { issue } = move.transition;
  const projectId = issue.projectId ?? auth.projId;
  return step('history', async (id) => {
    const history = await store.decisions.use(issue, withSlack(move.movedAt), now);
    if (projectId !== undefined) return rowsOfMove({ ...move, id, projectId, history });
    log.info('the move is not recorded in Kiket: it did not name a project');
    return [];
  });
}

function withSlack(movedAt: Date): Date {
  return new Date(movedAt.getTime() + clockSlackMs);
}

async function comment(
  { issue, to }: Transition,
  approvers: readonly string[],
  { endpoints, step }: HandlerContext<GuardianSettings>,
): Promise<void> {
  const { key = issue.id } = issue;
  if (key === undefined) return;
  await step('comment', async (idempotencyKey) => {
    await endpoints.issues.comment(key, `Moved to "${to}". ${approvalSentence(approvers)}`, { idempotencyKey });
  });
}
