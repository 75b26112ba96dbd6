import type { Transition } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import { guardEvent, isGuardEvent, saysBeforeTransition } from '../envelope/events.ts';
import { DeliveryContext, type ContextDependencies, type ReceivedDelivery } from '../extension/context.ts';
import { failure, readActionAnswer, success, type ActionAnswer, type Answer } from '../extension/decision.ts';
import type { Action, Extension, Listener, Settings } from '../extension/extension.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { failurePolicyOf, type FailurePolicy, type InstallationSettings } from '../manifest/settings.ts';
import type { Store } from '../store/store.ts';
import { check, eventSchemas } from '../envelope/schema.ts';
import { createStep, deliveryKeys, runOnce, type SignedBytes } from '../extension/once.ts';
import { inTurns } from '../server/limitConcurrency.ts';
import { cannotDecide, isObjection, reasonOf, review, type Review } from './review.ts';

/** What dispatching needs, for the lifetime of the process. */
export interface DispatchDependencies<S extends Settings> extends ContextDependencies<S> {
  extension: Extension<S>;
  manifest: Manifest;
  store: Store;
  /** From `installationSettings()`. */
  readSettings: (sent: readonly unknown[]) => InstallationSettings<S>;
}

/** A verified delivery with its signed parts and everything needed to answer it. */
export interface Dispatch<S extends Settings> extends DispatchDependencies<S>, ReceivedDelivery {
  signed: SignedBytes;
  /** Whether it's proven to be recent. A JWT proves nothing until it's verified. */
  isFresh: boolean;
}

/** Finds the handler of a delivery and turns its result into the answer, which is never empty. */
export async function dispatch<S extends Settings>(given: Dispatch<S>): Promise<Answer> {
  const { event, actionKey, payload } = given.delivery;
  const { actions, listeners } = given.extension;
  if (isGuardEvent(event)) return answerReview(given, await decide(forInstallation(given)));
  if (actionKey !== undefined) {
    const action = ownValue(actions, actionKey);
    return action === undefined ? answerUnknownAction(actionKey, actions) : runHandler(given, action);
  }
  const listener = ownValue(listeners, event);
  if (listener === undefined) return { httpStatus: 200, body: { status: 'ignored', event }, outcome: 'ignored' };
  const schema = ownValue(eventSchemas, event);
  if (schema !== undefined) check(schema, payload);
  return runHandler(given, listener, success('Noted.'));
}

/** Uses the installation's own settings, if the delivery has any. Throws a {@link DeliveryError} if they're invalid. */
function forInstallation<S extends Settings>(given: Dispatch<S>): Dispatch<S> {
  const { settings: sent } = given.delivery;
  return sent.length === 0 ? given : { ...given, ...given.readSettings(sent) };
}

function ownValue<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** How many times other moves can take what an answer is based on before it's a denial. */
const maxLosses = 3;

/** Guards are asked again for every repeat, because approvals may have been given. */
async function decide<S extends Settings>(given: Dispatch<S>, losses = 0): Promise<Review> {
  const { event, transition } = given.delivery;
  // Only one event has guards. Any other event that waits for an answer is denied.
  if (event !== guardEvent) throw new DeliveryError('guard_missing');
  if (transition === undefined) throw new DeliveryError('transition_missing');
  const context = new DeliveryContext(given, given);
  const reviewed = await review(transition, context, given.extension);
  if (reviewed.decision.status !== 'allow') return reviewed;
  // Whatever the failure policy: other moves took each approval that was counted.
  if (losses === maxLosses || (losses > 0 && context.signal.aborted)) return cannotDecide('store_unavailable', 'deny');
  return (await context.keep(reviewed.isOverridden)) ? reviewed : decide(given, losses + 1);
}

/** Answers with a decision, which is recorded once, however often Kiket asks. */
function answerReview<S extends Settings>({ store, delivery, signed, now }: Dispatch<S>, reviewed: Review): Answer {
  const { decision, answers, failure: failed, isUnguarded, isOverridden } = reviewed;
  const { event, transition, missingSecrets } = delivery;
  const { status, metadata } = decision;
  if (transition !== undefined && !isUnguarded) {
    const reasons = answers.filter(isObjection).map(reasonOf);
    const keys = deliveryKeys(delivery, signed);
    store.decisions.record({ event, keys, status, failure: failed, reasons, decidedAt: now, ...transition });
  }
  if (missingSecrets.length > 0) metadata['missing_secrets'] = missingSecrets;
  return { httpStatus: 200, body: decision, outcome: status, failure: failed, isOverridden };
}

/**
 * The safety net for guards: any failure on our side after the signature was verified becomes a decision by the failure
 * policy. `undefined` for rejections, and for failures of actions and listeners.
 */
export function answerFailedGuard<S extends Settings>(given: Dispatch<S>, error: unknown): Answer | undefined {
  const code = error instanceof DeliveryError ? error.code : 'guard_failed';
  if (error instanceof DeliveryError && error.httpStatus < 500) return undefined;
  if (!isGuardEvent(given.delivery.event) && code !== 'guard_missing') return undefined;
  given.log().error({ code, err: error }, 'a guard could not decide');
  return answerReview(given, cannotDecide(code, policyOf(given)));
}

/** Unreadable settings may have said `deny`, and a delivery that may be old is never allowed. */
function policyOf<S extends Settings>(given: Dispatch<S>): FailurePolicy {
  try {
    return given.isFresh && given.delivery.event === guardEvent
      ? failurePolicyOf(forInstallation(given).settings)
      : 'deny';
  } catch {
    return 'deny';
  }
}

function answerUnknownAction(actionKey: string, known: Readonly<Record<string, unknown>>): Answer {
  // A question before a transition needs a decision, which an action's answer isn't.
  if (saysBeforeTransition(actionKey)) throw new DeliveryError('guard_missing');
  const actions = Object.keys(known);
  return answerOf(failure(`Unknown action. Available: ${actions.join(', ')}.`, { actions }));
}

function answerOf(answered: unknown): Answer {
  const body = readActionAnswer(answered);
  return { httpStatus: 200, body, outcome: body.status };
}

/** Actions and listeners take effect once, however often they're delivered. A listener doesn't have to answer. */
async function runHandler<S extends Settings>(
  given: Dispatch<S>,
  handler: Action<S> | Listener<S>,
  otherwise?: ActionAnswer,
): Promise<Answer> {
  const { delivery, extension, store, signed, now, deadline } = given;
  const seen = { organization: delivery.organization, event: delivery.event, keys: deliveryKeys(delivery, signed) };
  const onceStore = { ...store, approvals: store.approvalsDuring(seen), decisions: store.decisionsDuring(seen) };
  const context = new DeliveryContext({ ...forInstallation(given), store: onceStore }, given);
  const ask = inTurns(async (transition: Transition) => {
    const { decision, answers } = await review(transition, context, extension);
    return { ...decision, guards: answers.map(reasonOf) };
  });
  return runOnce({ deliveries: store.deliveries, delivery: seen, now, signal: deadline.signal }, async () => {
    // Even if the handler catches it.
    await store.names.learn(delivery.issue ?? { ...delivery, id: undefined, key: undefined }, delivery.actor, now);
    const handlerContext = Object.assign(context, { step: createStep(store.deliveries, seen, now), review: ask });
    return answerOf((await handler(delivery, handlerContext)) ?? otherwise);
  });
}
