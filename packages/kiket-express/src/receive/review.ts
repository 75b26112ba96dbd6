import type { DecisionReason } from '../store/store.ts';
import { decisionSchema, type Decision } from '../extension/decision.ts';
import { untilAborted } from './deadline.ts';
import type { Transition } from './delivery.ts';
import { DeliveryError, type ProblemCode } from './errors.ts';
import type { Context, Extension, Settings } from '../extension/extension.ts';
import { readOnly } from '../extension/readOnly.ts';

/** What to answer when a guard cannot decide. */
export type FailurePolicy = 'deny' | 'allow';

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
}

interface Reason extends Decision {
  guard: string;
  failure?: ProblemCode;
}

const weight = { allow: 0, pending: 1, deny: 2 } as const;

/**
 * Asks every guard about a move, side by side, and combines the answers: deny beats pending beats allow, and every
 * reason is told at once. A guard that throws, answers with something that is no decision, or is not done when
 * `context.signal` aborts, counts as the failure policy says, and the review says which guard it was. What guards get is
 * read-only: one that writes breaks, and the others see what Kiket sent.
 */
export async function review<S extends Settings>(
  transition: Transition,
  context: Context<S>,
  { when, guards, failurePolicy }: Pick<Extension<S>, 'when' | 'guards'> & { failurePolicy: FailurePolicy },
): Promise<Review> {
  const shown = readOnlyTransition(transition);
  Object.freeze(context);
  if (when?.(shown, context) === false) return unguardedReview(Object.keys(guards));
  const asked = Object.entries(guards).map(async ([name, guard]): Promise<Reason> => {
    try {
      return await readDecision(name, guard(shown, context), context.signal);
    } catch (error) {
      const failure = codeOf(error);
      context.log.error({ guard: name, code: failure, err: error }, 'a guard could not decide');
      return { guard: name, failure, ...failedDecision(failure, failurePolicy, name) };
    }
  });
  return combine(await Promise.all(asked));
}

/** The fields of the issue, which may be many, are made read-only when a guard first looks at them. */
function readOnlyTransition({ issue, from, to, mover }: Transition): Transition {
  let fields: Transition['issue']['fields'] | undefined;
  // By name, because an issue that comes from a handler has these in its prototype.
  const { organization, subdomain, projectId, projectKey, id, key, title, status } = issue;
  const shown = {
    organization,
    subdomain,
    projectId,
    projectKey,
    id,
    key,
    title,
    status,
    get fields() {
      return (fields ??= readOnly(issue.fields));
    },
  };
  return Object.freeze({ issue: Object.freeze(shown), from, to, mover: Object.freeze(mover) });
}

function unguardedReview(guards: readonly string[]): Review {
  return {
    decision: { status: 'allow', metadata: {} },
    guards: guards.map((guard) => ({ guard, status: 'allow' })),
    reasons: [],
    failure: undefined,
    isUnguarded: true,
  };
}

/** Failures that waiting does not mend. */
const isLasting: ReadonlySet<ProblemCode> = new Set([
  'guard_missing',
  'transition_missing',
  'field_unknown',
  'decision_invalid',
  'kiket_refused',
  'credential_missing',
  'scope_missing',
]);

/** The decision that stands in for one that could not be made. Under `allow` it says that it is degraded. */
function failedDecision(failure: ProblemCode, failurePolicy: FailurePolicy, guard: string): Decision {
  const reason = `${guard} could not decide (${failure})`;
  if (failurePolicy === 'allow') {
    return { status: 'allow', message: `${reason}, and the failure policy is to allow.`, metadata: { degraded: true } };
  }
  const advice = isLasting.has(failure)
    ? 'Tell whoever runs this extension.'
    : 'Try again in a minute; if it stays like this, tell whoever runs this extension.';
  return { status: 'deny', message: `${reason}, so nothing moved. ${advice}`, metadata: {} };
}

/** The review of a move that no guard could be asked about. */
export function cannotDecide(failure: ProblemCode, failurePolicy: FailurePolicy): Review {
  const guard = 'extension';
  return combine([{ guard, failure, ...failedDecision(failure, failurePolicy, 'This extension') }]);
}

/** Under which code a failure is told. Unknown errors never show what they say. */
function codeOf(error: unknown): ProblemCode {
  return error instanceof DeliveryError ? error.code : 'guard_failed';
}

async function readDecision(guard: string, asked: Decision | Promise<Decision>, signal: AbortSignal): Promise<Reason> {
  const answer = await untilAborted(Promise.resolve(asked), signal);
  // Through JSON, because what counts is what arrives: no `undefined`, no cycles, nothing that turns into an empty body.
  const onTheWire: unknown = JSON.parse(JSON.stringify(answer) ?? 'null');
  const decision = decisionSchema.safeParse(onTheWire);
  if (!decision.success) throw new DeliveryError('decision_invalid', { cause: decision.error });
  return { guard, ...decision.data };
}

function combine(reasons: readonly Reason[]): Review {
  const worst = reasons.reduce<Reason | undefined>(
    (soFar, reason) => (soFar === undefined || weight[reason.status] > weight[soFar.status] ? reason : soFar),
    undefined,
  );
  // Without guards nobody decided, whatever the policy.
  if (worst === undefined) return cannotDecide('guard_missing', 'deny');
  const failure = reasons.find((reason) => reason.failure !== undefined)?.failure;

  const told = reasons.filter(({ status, failure: failed }) => status !== 'allow' || failed !== undefined);
  const spoken = told.length > 0 ? told : reasons;
  const message = spoken.flatMap((reason) => reason.message ?? []).join(' ');
  const metadata: Decision['metadata'] = {};
  for (const reason of reasons) Object.assign(metadata, reason.metadata);
  const tellable = told.map(describe);
  if (tellable.length > 0) metadata['reasons'] = tellable;
  if (failure !== undefined) metadata['failure'] = failure;
  const decision = { status: worst.status, ...(message === '' ? {} : { message }), metadata };
  return { decision, guards: reasons.map(describe), reasons: tellable, failure, isUnguarded: false };
}

function describe({ guard, status, message }: Reason): DecisionReason {
  return { guard, status, ...(message === undefined ? {} : { message }) };
}
