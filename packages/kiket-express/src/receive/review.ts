import { overrideMs } from '../approvals/approvals.ts';
import { nameOf } from '../approvals/person.ts';
import { untilAborted } from '../deadline.ts';
import type { Transition } from '../delivery.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import { decisionSchema, failedDecision, type Decision } from '../extension/decision.ts';
import type { Context, Extension, Settings } from '../extension/extension.ts';
import { readOnlyTransition } from '../extension/readOnly.ts';
import { failurePolicyOf, type FailurePolicy } from '../manifest/settings.ts';
import { labelOf } from '../text/label.ts';
import type { Approval, DecisionReason } from '../store/store.ts';

/** A combined decision, what each guard said, and what went wrong on the way if something did. */
export interface Review {
  decision: Decision;
  /** Of every guard. One that allows need not say why. */
  guards: readonly DecisionReason[];
  /** Of every guard that did not simply allow: the same as in `decision.metadata.reasons`. */
  reasons: readonly DecisionReason[];
  failure: ProblemCode | undefined;
  /** Whether the move is none of the extension's business, so that there is nothing to keep. */
  isUnguarded: boolean;
  /** Whether the move is allowed because somebody has overridden a guard. */
  isOverridden: boolean;
}

interface GuardAnswer extends Decision {
  guard: string;
  failure?: ProblemCode;
}

/**
 * Asks every guard about a move, side by side, and combines the answers: deny beats pending beats allow, and every
 * reason is told at once. A guard that throws, answers with something that is no decision, or is not done when
 * `context.signal` aborts, counts as the failure policy says, and the review says which guard it was. What guards get is
 * read-only: one that writes breaks, and the others see what Kiket sent.
 */
export async function review<S extends Settings>(
  transition: Transition,
  context: Context<S>,
  { when, guards, overridable = [] }: Pick<Extension<S>, 'when' | 'guards' | 'overridable'>,
): Promise<Review> {
  const shown = readOnlyTransition(transition);
  Object.freeze(context);
  if (when?.(shown, context) === false) return unguardedReview(Object.keys(guards));
  const asked = Object.entries(guards).map(async ([guard, ask]): Promise<GuardAnswer> => {
    try {
      return { guard, ...(await readDecision(ask(shown, context), context.signal)) };
    } catch (error) {
      // Unknown errors never show what they say.
      const failure = error instanceof DeliveryError ? error.code : 'guard_failed';
      context.log.error({ guard, code: failure, err: error }, 'a guard could not decide');
      return {
        guard,
        failure,
        ...failedDecision(`The guard "${labelOf(guard)}"`, failure, failurePolicyOf(context.settings)),
      };
    }
  });
  const answers = await Promise.all(asked);
  const held = answers.filter(({ guard, status }) => status !== 'allow' && overridable.includes(guard));
  const override = held.length === 0 ? undefined : await findOverride(transition, context);
  if (override === undefined) return combine(answers);
  context.beforeAllow(() => context.store.approvals.bind([override.id], transition.to, context.now));
  return passByOverride(override, { held, others: answers.filter((answer) => !held.includes(answer)) });
}

/** An override that nobody can look up is none, whatever the failure policy says. */
async function findOverride(
  { issue, to }: Transition,
  { store, now, log, signal }: Pick<Context, 'store' | 'now' | 'log' | 'signal'>,
): Promise<Approval | undefined> {
  try {
    return await untilAborted(store.approvals.findOverride(issue, { to, now, forMs: overrideMs }), signal);
  } catch (error) {
    log.error({ err: error }, 'overrides could not be looked up');
    return undefined;
  }
}

/** The review as if the guards that an override passes had said nothing. What they said is told with it. */
function passByOverride(
  { approver, reason, givenAt }: Approval,
  { held, others }: { held: readonly GuardAnswer[]; others: readonly GuardAnswer[] },
): Review {
  const by = nameOf(approver);
  const passed = held.map(describe);
  const message = `Overridden by ${by}: ${reason}`;
  const metadata = { override: { by, reason, given_at: givenAt.toISOString(), passed } };
  const reviewed = combine([...others, { guard: 'override', status: 'allow', message, metadata }]);
  const isOverridden = reviewed.decision.status === 'allow';
  return {
    ...reviewed,
    guards: [...others.map(describe), ...passed],
    reasons: isOverridden ? [...reviewed.reasons, ...passed] : reviewed.reasons,
    isOverridden,
  };
}

async function readDecision(asked: Decision | Promise<Decision>, signal: AbortSignal): Promise<Decision> {
  const answer = await untilAborted(Promise.resolve(asked), signal);
  // Through JSON, because what counts is what arrives: no `undefined`, no cycles, nothing that turns into an empty body.
  const onTheWire: unknown = JSON.parse(JSON.stringify(answer) ?? 'null');
  const decision = decisionSchema.safeParse(onTheWire);
  if (!decision.success) throw new DeliveryError('decision_invalid', { cause: decision.error });
  return decision.data;
}

const weight = { allow: 0, pending: 1, deny: 2 } as const;

function combine(answers: readonly GuardAnswer[]): Review {
  const [heaviest] = answers.toSorted((one, other) => weight[other.status] - weight[one.status]);
  if (heaviest === undefined) return cannotDecide('guard_missing', 'deny');
  const failure = answers.find((answer) => answer.failure !== undefined)?.failure;
  const objections = answers.filter(({ status, failure: failed }) => status !== 'allow' || failed !== undefined);
  const reasons = objections.map(describe);
  const told = objections.length > 0 ? objections : answers;
  const message = told.flatMap((answer) => answer.message ?? []).join(' ');
  const metadata: Decision['metadata'] = {};
  for (const answer of answers) Object.assign(metadata, answer.metadata);
  // It is one guard's, and told with its reason.
  delete metadata['passes'];
  if (reasons.length > 0) metadata['reasons'] = reasons;
  if (failure !== undefined) metadata['failure'] = failure;
  const decision = { status: heaviest.status, ...(message === '' ? {} : { message }), metadata };
  return { decision, guards: answers.map(describe), reasons, failure, isUnguarded: false, isOverridden: false };
}

function describe({ guard, status, message, metadata: { passes } }: GuardAnswer): DecisionReason {
  return {
    guard,
    status,
    ...(message === undefined ? {} : { message }),
    ...(typeof passes === 'string' ? { passes } : {}),
  };
}

function unguardedReview(guards: readonly string[]): Review {
  const decision: Decision = { status: 'allow', metadata: {} };
  const allowed = guards.map((guard) => ({ guard, status: decision.status }));
  return { decision, guards: allowed, reasons: [], failure: undefined, isUnguarded: true, isOverridden: false };
}

/** The review of a move that no guard could be asked about. */
export function cannotDecide(failure: ProblemCode, failurePolicy: FailurePolicy): Review {
  return combine([{ guard: 'extension', failure, ...failedDecision('This extension', failure, failurePolicy) }]);
}
