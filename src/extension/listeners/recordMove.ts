import type { Delivery, Transition } from '../../kiket/delivery.ts';
import type { HandlerContext, Listener } from '../../kiket/extension.ts';
import { nameOf } from '../../kiket/person.ts';
import { callIfAllowed } from '../callIfAllowed.ts';
import { entersProtectedStatus } from '../protectedStatus.ts';
import type { GuardianSettings } from '../settings.ts';

/** How far Kiket's clock and ours may differ, in milliseconds. */
const clockSlackMs = 5 * 60 * 1000;

/**
 * After a move into a protected status its approvals are spent, and Kiket is told who gave them: in a row of the table
 * `decisions`, and in a comment. Each of the three is done once, also if a later one fails and the delivery comes again.
 */
export const recordMove: Listener<GuardianSettings> = async (delivery, context) => {
  const { transition } = delivery;
  if (transition === undefined || !entersProtectedStatus(transition, context.settings)) return;
  const approvers = await useApprovals(transition, delivery, context);
  await callIfAllowed(context, 'custom_data:write', () => writeRow(transition, approvers, { delivery, context }));
  await callIfAllowed(context, 'comments:write', () => comment(transition, approvers, context));
};

/**
 * The next move needs new approvals. If the body says when the move happened, a delivery that comes late spends only what
 * was given by then, with some slack for clocks that differ; else everything that is open. Spending too much is the safe
 * side: somebody is asked again.
 */
async function useApprovals(
  { issue }: Transition,
  { occurredAt }: Delivery,
  { store, now, log }: HandlerContext<GuardianSettings>,
): Promise<string[]> {
  const givenUntil = new Date((occurredAt ?? now).getTime() + clockSlackMs);
  const used = await store.approvals.use(issue, givenUntil, now);
  log.info({ used: used.length }, 'approvals used');
  return used.map(({ approver }) => nameOf(approver));
}

/** Columns as in `.kiket/modules/guard_decisions/schema.yml`. */
async function writeRow(
  { issue, from, to }: Transition,
  approvers: readonly string[],
  { delivery, context }: { delivery: Delivery; context: HandlerContext<GuardianSettings> },
): Promise<void> {
  const { extensionId, endpoints, auth, now, step, log } = context;
  const projectId = issue.projectId ?? auth.projId;
  if (projectId === undefined) return log.info('the decision is not recorded in Kiket: it did not name a project');
  const record = {
    invocation_id: delivery.id.slice(0, 128),
    project_id: String(projectId),
    issue_id: issue.id ?? issue.key,
    from_state: from ?? null,
    to_state: to,
    decision: 'allow',
    message: approvalSentence(approvers),
    details: { approvers },
    decided_at: (delivery.occurredAt ?? now).toISOString(),
  };
  const rows = endpoints.customData(projectId);
  await step('row', async (idempotencyKey) => {
    await rows.create(`${extensionId}.decisions`, 'decisions', record, { idempotencyKey });
  });
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

function approvalSentence(approvers: readonly string[]): string {
  return approvers.length === 0 ? 'Nobody had to approve.' : `Approved by ${approvers.join(', ')}.`;
}
