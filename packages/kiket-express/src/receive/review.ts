import { allowByOverride, findOverride } from '../approvals/override.ts';
import { untilAborted } from '../deadline.ts';
import type { Transition } from '../delivery.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import { allow, failedDecision, readDecision, type Decision } from '../extension/decision.ts';
import type { Context, Extension, Settings } from '../extension/extension.ts';
import { readOnlyTransition } from '../extension/readOnly.ts';
import { failurePolicyOf, type FailurePolicy } from '../manifest/settings.ts';
import type { DecisionReason } from '../store/store.ts';
import { labelOf } from '../text/label.ts';

/** The combined decision, the answers that it comes from, and the failure if there was one. */
export interface Review {
  decision: Decision;
  /** Every guard's answer, in the order of the table, including those that an override skips. */
  answers: readonly GuardAnswer[];
  failure: ProblemCode | undefined;
  /** Whether the guards don't apply to the move, so that nothing is stored. */
  isUnguarded: boolean;
  /** Whether the move is allowed because someone overrode a guard. */
  isOverridden: boolean;
}

/** A guard's decision, and why it couldn't decide if it couldn't. */
export interface GuardAnswer extends Decision {
  guard: string;
  failure?: ProblemCode;
}

/**
 * Asks all guards about a move in parallel and combines the answers: deny beats pending beats allow, and the answer has
 * every reason. If a guard throws, returns something that isn't a decision, or isn't done when `context.signal` aborts,
 * the failure policy decides for it, and the review names the guard. Guards get read-only input: a guard that writes
 * throws, and the others see what Kiket sent.
 */
export async function review<S extends Settings>(
  transition: Transition,
  context: Context<S>,
  { when, guards, overridable = [], overriddenBy }: Omit<Extension<S>, 'settingsSchema' | 'listeners' | 'actions'>,
): Promise<Review> {
  const shown = readOnlyTransition(transition);
  Object.freeze(context);
  const names = Object.keys(guards);
  if (names.length > 0 && when?.(shown, context) === false) {
    const answers = names.map((guard) => ({ guard, ...allow() }));
    return { decision: allow(), answers, failure: undefined, isUnguarded: true, isOverridden: false };
  }
  const asked = Object.entries(guards).map(async ([guard, ask]): Promise<GuardAnswer> => {
    try {
      return { guard, ...readDecision(await untilAborted(Promise.resolve(ask(shown, context)), context.signal)) };
    } catch (error) {
      // The messages of unknown errors are never shown.
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
  const others = answers.filter((answer) => !held.includes(answer));
  const passed = held.map(reasonOf);
  const reviewed = combine([...others, { guard: 'override', ...allowByOverride(override, passed) }]);
  return { ...reviewed, answers, isOverridden: reviewed.decision.status === 'allow' };
}

const weight = { allow: 0, pending: 1, deny: 2 } as const;

function combine(answers: readonly GuardAnswer[]): Review {
  const [heaviest] = answers.toSorted((one, other) => weight[other.status] - weight[one.status]);
  if (heaviest === undefined) return cannotDecide('guard_missing', 'deny');
  const failure = answers.find((answer) => answer.failure !== undefined)?.failure;
  const objections = answers.filter(isObjection);
  const decisive = objections.length > 0 ? objections : answers;
  const message = decisive.flatMap((answer) => answer.message ?? []).join(' ');
  const metadata: Decision['metadata'] = {};
  for (const answer of answers) Object.assign(metadata, answer.metadata);
  // It belongs to one guard, and is listed with its reason.
  if ('passes' in metadata) delete metadata['passes'];
  if (objections.length > 0) metadata['reasons'] = objections.map(reasonOf);
  if (failure !== undefined) metadata['failure'] = failure;
  const decision = { status: heaviest.status, ...(message === '' ? {} : { message }), metadata };
  return { decision, answers, failure, isUnguarded: false, isOverridden: false };
}

/** Whether a guard didn't simply allow. */
export function isObjection({ status, failure }: GuardAnswer): boolean {
  return status !== 'allow' || failure !== undefined;
}

/** A guard's answer as people read it. A guard that allows doesn't need a message. */
export function reasonOf({ guard, status, message, metadata: { passes } }: GuardAnswer): DecisionReason {
  const condition = typeof passes === 'string' ? { passes } : {};
  return { guard, status, ...(message === undefined ? {} : { message }), ...condition };
}

/** The review when no guard could be asked. */
export function cannotDecide(failure: ProblemCode, failurePolicy: FailurePolicy): Review {
  return combine([{ guard: 'extension', failure, ...failedDecision('This extension', failure, failurePolicy) }]);
}
