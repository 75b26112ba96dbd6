import {
  isSameStatus,
  type DecisionReason,
  type HandlerInput,
  type PastDecision,
  type SpentApprovals,
  type Transition,
} from 'kiket-express';

/** A row of the table `decisions`: columns as in `.kiket/modules/guard_decisions/schema.yml`. */
export interface DecisionRow {
  /** Unique, and the same however often the row is written. */
  invocation_id: string;
  move_id: string;
  project_id: string;
  issue_id: string | undefined;
  from_state: string | null;
  to_state: string;
  decision: PastDecision['status'];
  message: string;
  details: {
    approvers: readonly string[];
    override: SpentApprovals['override'] | null;
    reasons: readonly DecisionReason[];
    failure: string | null;
  };
  /** ISO 8601, in UTC. */
  decided_at: string;
}

/** A move that has happened. */
export interface CompletedMove {
  /** Unique to this move, and the same each time Kiket reports it. */
  id: string;
  projectId: string | number;
  transition: Transition;
  movedAt: Date;
  /** The approvals and override that let it through, and the same in words. */
  spent: readonly SpentApprovals[];
  message: string;
  /** What was decided about the issue since its last move. */
  history: readonly PastDecision[];
}

/** The parts of a listener's input that reading and writing rows needs. */
type Input = Pick<
  HandlerInput<object, never>,
  'delivery' | 'decisions' | 'extensionId' | 'ifAllowed' | 'log' | 'now' | 'step' | 'writeRow'
>;

/** The rows of a move, the same each time Kiket reports it. The decisions that led to it don't count for the next move. */
export function readRows(
  { delivery, decisions, now, step, log }: Input,
  move: Pick<CompletedMove, 'transition' | 'spent' | 'message'>,
): Promise<DecisionRow[]> {
  const { transition } = move;
  const movedAt = delivery.occurredAt ?? now;
  // The step's key is the id, because the delivery's own may be unsigned. It's a step so that a redelivery finds the rows
  // after the decisions have been used.
  return step('history', async (id) => {
    const history = await decisions.use(transition.issue, movedAt);
    const projectId = transition.issue.projectId ?? delivery.auth.projId;
    if (projectId !== undefined) return rowsOfMove({ ...move, id, movedAt, projectId, history });
    log.info('the delivery names no project, so the move is not recorded in Kiket');
    return [];
  });
}

/** Writes rows into the table `decisions`, if the installation allows it. */
export async function writeRows(
  { extensionId, ifAllowed, writeRow }: Input,
  rows: readonly DecisionRow[],
): Promise<void> {
  const module = `${extensionId}.decisions`;
  await ifAllowed('custom_data:write', async () => {
    for (const row of rows) {
      const { project_id: projectId, invocation_id: name } = row;
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      await writeRow({ module, table: 'decisions', projectId, name, record: { ...row } });
    }
  });
}

/**
 * The rows of a move: the move itself, which is the `allow`, then every `pending` and `deny` that came before it. If it was
 * allowed although a guard couldn't decide, the move's row says why.
 */
export function rowsOfMove({ history, id, ...move }: CompletedMove): DecisionRow[] {
  const { issue, from, to } = move.transition;
  const shared = { move_id: id, project_id: String(move.projectId), issue_id: issue.id ?? issue.key };
  const onTheWay = history.filter((decision) => isSameStatus(decision.to, to));
  const allowed = onTheWay.findLast(({ status }) => status === 'allow');
  return [
    {
      invocation_id: id,
      ...shared,
      from_state: from ?? null,
      to_state: to,
      decision: 'allow',
      message: move.message,
      details: detailsOf(allowed, move.spent),
      decided_at: move.movedAt.toISOString(),
    },
    ...onTheWay
      .filter(({ status }) => status !== 'allow')
      .map((decision) => ({
        invocation_id: decision.id,
        ...shared,
        from_state: decision.from ?? null,
        // Spelled as in the move: the guard may have seen "Done" where the move says "done".
        to_state: to,
        decision: decision.status,
        message: decision.reasons.flatMap(({ message }) => message ?? []).join(' '),
        details: detailsOf(decision),
        decided_at: decision.decidedAt.toISOString(),
      })),
  ];
}

function detailsOf(decision: PastDecision | undefined, spent: readonly SpentApprovals[] = []): DecisionRow['details'] {
  return {
    approvers: spent.flatMap(({ approvers }) => approvers),
    override: spent.find(({ override }) => override !== undefined)?.override ?? null,
    reasons: decision?.reasons ?? [],
    failure: decision?.failure ?? null,
  };
}
