import { untilAborted } from '../deadline.ts';
import type { Delivery, Transition } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import { guardEvent, isGuardEvent, saysBeforeTransition } from '../envelope/events.ts';
import { DeliveryContext, type ContextDependencies, type ReceivedDelivery } from '../extension/context.ts';
import { actionAnswerSchema, failure, success, type Answer } from '../extension/decision.ts';
import type { Extension, HandlerContext, Settings } from '../extension/extension.ts';
import { createStep } from '../extension/steps.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { failurePolicyOf, loadInstallationSettings, type FailurePolicy } from '../manifest/settings.ts';
import type { Store } from '../store/store.ts';
import { check, eventSchemas } from '../envelope/schema.ts';
import { deliveryKeys, runOnce, type SignedBytes } from '../extension/once.ts';
import { cannotDecide, review, type Review } from './review.ts';

/** What dispatching needs, for as long as the process lives. */
export interface DispatchDependencies<S extends Settings> extends ContextDependencies<S> {
  extension: Extension<S>;
  manifest: Manifest;
  /** `KIKET_SETTING_*` by name without the prefix: what an installation's own settings override. */
  overrides: Readonly<Record<string, string>>;
  failurePolicy: FailurePolicy;
  store: Store;
}

/** A genuine delivery, and what was signed of it. */
interface SignedDelivery extends ReceivedDelivery {
  signed: SignedBytes;
}

/** Finds the handler of a delivery and turns what it returns into the answer. Never an empty one. */
export async function dispatch<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  received: SignedDelivery,
): Promise<Answer> {
  const { event, actionKey, payload } = received.delivery;
  const { actions, listeners } = dependencies.extension;
  if (isGuardEvent(event)) {
    const own = forInstallation(dependencies, received.delivery);
    return answerReview(own, received, await decide(own, received));
  }
  if (actionKey !== undefined) {
    const action = ownValue(actions, actionKey);
    if (action === undefined) return answerUnknownAction(dependencies, received, actionKey);
    return runHandler(dependencies, received, async (context) => answerOf(await action(received.delivery, context)));
  }
  const listener = ownValue(listeners, event);
  if (listener === undefined) return { httpStatus: 200, body: { status: 'ignored', event }, outcome: 'ignored' };
  const schema = ownValue(eventSchemas, event);
  if (schema !== undefined) check(schema, payload);
  return runHandler(dependencies, received, async (context) => {
    return answerOf((await listener(received.delivery, context)) ?? success('Noted.'));
  });
}

/** With the installation's own settings, if the delivery brings any. Throws a {@link DeliveryError} if they are wrong. */
function forInstallation<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  { settings: sent }: Delivery,
): DispatchDependencies<S> {
  if (sent.length === 0) return dependencies;
  const settings = loadInstallationSettings(dependencies, sent);
  return { ...dependencies, settings, failurePolicy: failurePolicyOf(settings) };
}

/** Settings that can't be read may have said `deny`. */
function policyOf<S extends Settings>(dependencies: DispatchDependencies<S>, delivery: Delivery): FailurePolicy {
  if (delivery.event !== guardEvent) return 'deny';
  try {
    return forInstallation(dependencies, delivery).failurePolicy;
  } catch {
    return 'deny';
  }
}

function answerOf(answered: unknown): Answer {
  // Through JSON, because what counts is what arrives.
  const { data, error } = actionAnswerSchema.safeParse(JSON.parse(JSON.stringify(answered) ?? 'null'));
  if (error !== undefined) throw new DeliveryError('handler_failed', { cause: error });
  return { httpStatus: 200, body: data, outcome: data.status };
}

function ownValue<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** How often a decision is made anew when what it rests on has changed meanwhile. */
const decisionAttempts = 3;

/** A guard is asked anew at every repeat, because an approval may have come in. */
async function decide<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  received: SignedDelivery,
): Promise<Review> {
  const { extension, failurePolicy } = dependencies;
  const { event, transition } = received.delivery;
  // Only one event has guards. Any other that waits for an answer is refused, whatever the policy: nobody decided.
  if (event !== guardEvent) return cannotDecide('guard_missing', 'deny');
  if (transition === undefined) return cannotDecide('transition_missing', failurePolicy);
  for (let attempt = 1; attempt <= decisionAttempts; attempt += 1) {
    const context = new DeliveryContext(dependencies, received);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const reviewed = await review(transition, context, { ...extension, failurePolicy });
    if (reviewed.decision.status !== 'allow' || reviewed.isUnguarded) return reviewed;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (!context.mustKeep || (await untilAborted(context.keep(), context.signal))) return reviewed;
  }
  throw new DeliveryError('store_unavailable');
}

/** Answers with a decision, which is recorded once however often it is asked for. */
function answerReview<S extends Settings>(
  { store }: DispatchDependencies<S>,
  { delivery, signed, now }: SignedDelivery,
  { decision, reasons, failure: failed, isUnguarded, isOverridden }: Review,
): Answer {
  const { event, transition, missingSecrets } = delivery;
  const { status, metadata } = decision;
  if (transition !== undefined && !isUnguarded) {
    const keys = deliveryKeys(delivery, signed);
    store.decisions.record({ ...transition, event, keys, status, failure: failed, reasons, decidedAt: now });
  }
  if (missingSecrets.length > 0) metadata['missing_secrets'] = missingSecrets;
  return { httpStatus: 200, body: decision, outcome: status, failure: failed, isOverridden };
}

/**
 * The last net under a guard: whatever fails on our side after the signature was verified becomes a decision by the
 * failure policy. `undefined` for what is no failure of a guard: rejections, and failures of actions and listeners.
 */
export function answerFailedGuard<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  received: SignedDelivery,
  error: unknown,
): Answer | undefined {
  const { event } = received.delivery;
  const code = error instanceof DeliveryError ? error.code : 'guard_failed';
  if (!isGuardEvent(event) || (error instanceof DeliveryError && error.httpStatus < 500)) return undefined;
  received.log().error({ code, err: error }, 'a guard could not decide');
  return answerReview(dependencies, received, cannotDecide(code, policyOf(dependencies, received.delivery)));
}

function answerUnknownAction<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  received: SignedDelivery,
  actionKey: string,
): Answer {
  // Whoever asks before a transition waits for a decision, and an action's answer is none.
  if (saysBeforeTransition(actionKey)) {
    return answerReview(dependencies, received, cannotDecide('guard_missing', 'deny'));
  }
  const actions = Object.keys(dependencies.extension.actions);
  const body = failure(`This extension has no such action. It has: ${actions.join(', ')}.`, { actions });
  return { httpStatus: 200, body, outcome: body.status };
}

/** Actions and listeners take effect once, however often they are delivered. */
async function runHandler<S extends Settings>(
  given: DispatchDependencies<S>,
  received: SignedDelivery,
  handle: (context: HandlerContext<S>) => Promise<Answer>,
): Promise<Answer> {
  const { delivery, signed, now, deadline } = received;
  const dependencies = forInstallation(given, delivery);
  const { extension, failurePolicy, store } = dependencies;
  const keys = deliveryKeys(delivery, signed);
  const seen = { organization: delivery.organization, event: delivery.event, keys };
  const onceStore = { approvals: store.approvalsDuring(seen), decisions: store.decisions, names: store.names };
  const context = new DeliveryContext({ ...dependencies, store: onceStore }, received);
  const ask = async (transition: Transition) => {
    const { decision, guards } = await review(transition, context, { ...extension, failurePolicy });
    return { ...decision, guards };
  };
  return runOnce({ deliveries: store.deliveries, delivery: seen, now, signal: deadline.signal }, async () => {
    try {
      // Whatever the handler makes of it.
      await store.names.learn(delivery.issue, delivery.actor, now);
      return await handle(Object.assign(context, { step: createStep(store.steps, seen, now), review: ask }));
    } catch (error) {
      throw error instanceof DeliveryError ? error : new DeliveryError('handler_failed', { cause: error });
    }
  });
}
