import { includesStatus } from 'kiket-express';
import { listener } from '../settings.ts';
import { rowsOfMove, type DecisionRow } from './decisionRows.ts';

/**
 * After a move into a protected status its approvals are spent, and Kiket is told who gave them: in a row of the table
 * `decisions`, and in a comment. Rows about the decisions on the way to it follow last, because nothing waits for them.
 * Each of these is done once, also if a later one fails and the delivery comes again.
 */
export const recordMove = listener(async (input) => {
  const { delivery, transition, settings, approvals, decisions, kiket, step, ifAllowed, writeRow, now, log } = input;
  // Where the issue has moved to may stay unsaid; then it may well be a protected status.
  if (transition === undefined) return void (await approvals.spend({ isTold: false }));
  if (!includesStatus(settings.protected_statuses, transition.to)) return;
  const movedAt = delivery.occurredAt ?? now;
  const approvers = await approvals.spend();

  // Named by the step's key, because the delivery's id may be unsigned. A step, so that a delivery that comes again finds
  // the rows although the decisions are used.
  const [move, ...onTheWay] = await step('history', async (id): Promise<DecisionRow[]> => {
    const history = await decisions.use(transition.issue, movedAt);
    const projectId = transition.issue.projectId ?? delivery.auth.projId;
    if (projectId !== undefined) return rowsOfMove({ id, transition, movedAt, approvers, projectId, history });
    log.info('the move is not recorded in Kiket: it did not name a project');
    return [];
  });
  const module = `${input.extensionId}.decisions`;
  const write = (rows: readonly DecisionRow[]) =>
    ifAllowed('custom_data:write', async () => {
      for (const row of rows) {
        const { project_id: projectId, invocation_id: name } = row;
        // oxlint-disable-next-line no-await-in-loop -- one call after the other
        await writeRow({ module, table: 'decisions', projectId, name, record: { ...row } });
      }
    });
  if (move !== undefined) await write([move]);

  const { key = transition.issue.id } = transition.issue;
  if (key !== undefined) {
    const by = approvers.length === 0 ? '' : ` Approved by ${approvers.join(', ')}.`;
    await ifAllowed('comments:write', () =>
      step('comment', async (idempotencyKey) => {
        await kiket.issues.comment(key, `Moved to "${transition.to}".${by}`, { idempotencyKey });
      }),
    );
  }
  if (onTheWay.length > 0) await write(onTheWay);
});
