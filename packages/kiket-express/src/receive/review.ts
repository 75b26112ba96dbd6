import { allowByOverride, findOverride } from '../approvals/override.ts';
import { untilAborted } from '../deadline.ts';
import type { Transition } from '../delivery.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import { failedDecision, readDecision, type Decision } from '../extension/decision.ts';
import type { Context, Extension, Settings } from '../extension/extension.ts';
import { readOnlyTransition } from '../extension/readOnly.ts';
import { failurePolicyOf, type FailurePolicy } from '../manifest/settings.ts';
import type { DecisionReason } from '../store/store.ts';
import { labelOf } from '../text/label.ts';

/** A combined decision, what each guard said, and what went wrong on the way if something did. */
export interface Review {
  decision: Decision;
  /** Of every guard. One that allows need not say why. */
  guards: readonly DecisionReason[];
  /** Of every guard that did not simply allow: those in `decision.metadata.reasons`, and those that an override passes. */
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
  { when, guards, overridable = [], overriddenBy }: Omit<Extension<S>, 'settingsSchema' | 'listeners' | 'actions'>,
): Promise<Review> {
  const shown = readOnlyTransition(transition);
  Object.freeze(context);
  if (when?.(shown, context) === false) return unguardedReview(Object.keys(guards));
  const asked = Object.entries(guards).map(async ([guard, ask]): Promise<GuardAnswer> => {
    try {
      return { guard, ...readDecision(await untilAborted(Promise.resolve(ask(shown, context)), context.signal)) };
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
  const override = held.length === 0 ? undefined : await findOverride(transition, context, overriddenBy);
  if (override === undefined) return combine(answers);
  const passed = held.map(describe);
  const others = answers.filter((answer) => !held.includes(answer));
  const reviewed = combine([...others, { guard: 'override', ...allowByOverride(override, passed) }]);
  const isOverridden = reviewed.decision.status === 'allow';
  return { ...reviewed, guards: answers.map(describe), reasons: [...reviewed.reasons, ...passed], isOverridden };
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
