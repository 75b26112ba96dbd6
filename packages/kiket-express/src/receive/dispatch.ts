import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import { DeliveryContext } from '../extension/context.ts';
import { untilAborted, type Deadline } from './deadline.ts';
import { actionAnswerSchema, failure, type Answer } from '../extension/decision.ts';
import { deliveryKeys, runOnce, type SignedBytes } from './dedupe.ts';
import type { Delivery, Transition } from './delivery.ts';
import { eventSchemas } from './envelope.ts';
import { DeliveryError } from './errors.ts';
import { guardEvent, isGuardEvent, saysBeforeTransition } from './events.ts';
import type { Extension, HandlerContext, Settings } from '../extension/extension.ts';
import { parseWith } from './facts.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { cannotDecide, review, type FailurePolicy, type Review } from './review.ts';
import { createStep } from '../extension/steps.ts';

/** What dispatching needs, for as long as the process lives. */
export interface DispatchDependencies<S extends Settings> {
  extension: Extension<S>;
  manifest: Manifest;
  settings: S;
  failurePolicy: FailurePolicy;
  /** Extension-wide secrets by environment name, without `KIKET_SECRET_`. */
  secrets: Readonly<Record<string, string>>;
  /** `KIKET_BASE_URL`: the one host that handlers call. */
  baseUrl: string;
  store: Store;
}

/** A delivery on its way through. */
export interface Arrival {
  delivery: Delivery;
  signed: SignedBytes;
  /** As they came. A handler sees fewer. */
  headers: IncomingHttpHeaders;
  now: Date;
  deadline: Pick<Deadline, 'signal' | 'endsAt'>;
  /** Names the delivery in every line. */
  log: () => Logger;
}

/** Finds the handler of a delivery and turns what it says into the answer. Never an empty one. */
export function dispatch<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  arrival: Arrival,
): Answer | Promise<Answer> {
  const { event, actionKey } = arrival.delivery;
  if (isGuardEvent(event)) return answerGuard(dependencies, arrival);
  if (actionKey !== undefined) return answerAction(dependencies, arrival, actionKey);
  const { listeners } = dependencies.extension;
  const listener = Object.hasOwn(listeners, event) ? listeners[event] : undefined;
  if (listener === undefined) return { httpStatus: 200, body: { status: 'ignored', event }, outcome: 'ignored' };
  const schema = Object.hasOwn(eventSchemas, event) ? eventSchemas[event] : undefined;
  if (schema !== undefined) parseWith(schema, arrival.delivery.payload);
  return runHandler(dependencies, arrival, async (context) => {
    await listener(arrival.delivery, context);
    return { httpStatus: 200, body: { status: 'success', message: 'Noted.', data: {} }, outcome: 'success' };
  });
}

/** A guard is asked anew at every repeat, because an approval may have come in; its decision is recorded once. */
async function answerGuard<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  arrival: Arrival,
): Promise<Answer> {
  return answerReview(dependencies, arrival, await decide(dependencies, arrival));
}

function answerReview<S extends Settings>(
  { store }: DispatchDependencies<S>,
  { delivery, signed, now }: Arrival,
  { decision, reasons, failure: failed, isUnguarded }: Review,
): Answer {
  const { event, transition, missingSecrets } = delivery;
  const { status } = decision;
  if (transition !== undefined && !isUnguarded) {
    const { issue, from, to } = transition;
    const keys = deliveryKeys(delivery, signed);
    const { mover } = transition;
    store.decisions.record({ issue, event, keys, status, failure: failed, reasons, from, to, mover, decidedAt: now });
  }
  if (missingSecrets.length > 0) decision.metadata['missing_secrets'] = missingSecrets;
  return { httpStatus: 200, body: decision, outcome: status, failure: failed };
}

/** How often a decision is made anew when what it rests on has changed meanwhile. */
const decisionAttempts = 3;

async function decide<S extends Settings>(dependencies: DispatchDependencies<S>, arrival: Arrival): Promise<Review> {
  const { extension, failurePolicy } = dependencies;
  const { event, transition } = arrival.delivery;
  // Only one event has guards. Any other that waits for an answer is refused, whatever the policy: nobody decided.
  if (event !== guardEvent) return cannotDecide('guard_missing', 'deny');
  if (transition === undefined) return cannotDecide('transition_missing', failurePolicy);
  for (let attempt = 1; attempt <= decisionAttempts; attempt += 1) {
    const context = new DeliveryContext(dependencies, arrival);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const reviewed = await review(transition, context, { ...extension, failurePolicy });
    if (reviewed.decision.status !== 'allow' || reviewed.isUnguarded) return reviewed;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (!context.mustKeep || (await untilAborted(context.keep(), context.signal))) return reviewed;
  }
  throw new DeliveryError('store_unavailable');
}

/**
 * The last net under a guard: whatever fails on our side after the signature was verified becomes a decision by the
 * failure policy. Rethrows what is no failure of a guard: rejections, and failures of actions and listeners.
 */
export function answerFailedGuard<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  arrival: Arrival,
  error: unknown,
): Answer {
  const { event } = arrival.delivery;
  const isRejection = error instanceof DeliveryError && error.httpStatus < 500;
  if (!isGuardEvent(event) || isRejection) throw error;
  const code = error instanceof DeliveryError ? error.code : 'guard_failed';
  arrival.log().error({ code, err: error }, 'a guard could not decide');
  const failurePolicy = event === guardEvent ? dependencies.failurePolicy : 'deny';
  return answerReview(dependencies, arrival, cannotDecide(code, failurePolicy));
}

async function answerAction<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  arrival: Arrival,
  actionKey: string,
): Promise<Answer> {
  const { actions } = dependencies.extension;
  const action = Object.hasOwn(actions, actionKey) ? actions[actionKey] : undefined;
  if (action === undefined) {
    // Whoever asks before a transition waits for a decision, and an action's answer is none.
    if (saysBeforeTransition(actionKey))
      return answerReview(dependencies, arrival, cannotDecide('guard_missing', 'deny'));
    const known = Object.keys(actions).join(', ');
    const body = failure(`This extension has no such action. It has: ${known}.`, { actions: Object.keys(actions) });
    return { httpStatus: 200, body, outcome: body.status };
  }
  return runHandler(dependencies, arrival, async (context) => {
    const answer = actionAnswerSchema.safeParse(await action(arrival.delivery, context));
    if (!answer.success) throw new DeliveryError('handler_failed', { cause: answer.error });
    return { httpStatus: 200, body: answer.data, outcome: answer.data.status };
  });
}

/** Actions and listeners take effect once, however often they are delivered. */
async function runHandler<S extends Settings>(
  dependencies: DispatchDependencies<S>,
  arrival: Arrival,
  handle: (context: HandlerContext<S>) => Promise<Answer>,
): Promise<Answer> {
  const { delivery, signed, now, deadline } = arrival;
  const { signal } = deadline;
  const { extension, failurePolicy, store } = dependencies;
  const context = new DeliveryContext(dependencies, arrival);
  const ask = async (transition: Transition) => {
    const { decision, guards } = await review(transition, context, { ...extension, failurePolicy });
    return { ...decision, guards };
  };
  const keys = deliveryKeys(delivery, signed);
  const seen = { organization: delivery.organization, event: delivery.event, keys };
  const once = { approvals: store.approvalsDuring(seen), decisions: store.decisions, names: store.names };
  const further = { step: createStep(store.steps, seen, now), review: ask };
  return runOnce({ deliveries: store.deliveries, delivery, keys, now, signal }, async () => {
    try {
      // Whatever the handler makes of it.
      await store.names.learn(delivery.issue, delivery.actor, now);
      return await handle(Object.assign(new DeliveryContext({ ...dependencies, store: once }, arrival), further));
    } catch (error) {
      throw error instanceof DeliveryError ? error : new DeliveryError('handler_failed', { cause: error });
    }
  });
}
