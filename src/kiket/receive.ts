import type { KeyObject } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { budgetMs, startDeadline } from './deadline.ts';
import type { Answer } from './decision.ts';
import { parseDelivery, type Delivery, type DeliveryDefaults, type DeliveryHints } from './delivery.ts';
import { answerFailedGuard, dispatch, type DispatchDependencies } from './dispatch.ts';
import { DeliveryError } from './errors.ts';
import { guardEvent } from './events.ts';
import type { Settings } from './extension.ts';
import { errorSerializer } from './log.ts';
import type { Metrics } from './metrics.ts';
import { verifyFreshness, verifySignature } from './signature.ts';
import { placeByToken, type VerifyToken } from './token.ts';

/** The largest body that is read: Kiket sends at most 500 KB. */
export const bodyLimitBytes = 512 * 1024;

/** What receiving needs, for as long as the process lives. */
export interface ReceiverDependencies<S extends Settings> extends DispatchDependencies<S> {
  /** From `signingKeys()`: the current secret and, while it rotates, the previous one. */
  keys: readonly KeyObject[];
  /** From `createTokenVerifier()`: the second factor, for deliveries that bring one. */
  verifyToken: VerifyToken;
  /** `KIKET_ALLOW_UNTIMED_SIGNATURES`: whether a signature without any proof of time is taken. */
  allowUntimedSignatures: boolean;
  /** `KIKET_ORGANIZATION_ID`. */
  organizationId: string | undefined;
  /** Values that no log line may show. */
  secretValues: readonly string[];
  log: Logger;
  metrics: Metrics;
  clock: () => Date;
  /** How many deliveries may be in hand at once; one more gets a 503. */
  maxInFlight: number;
}

/** What a request leaves behind for its log line and metrics. */
interface Trace {
  arrivedAt: number;
  delivery?: Delivery;
  answer?: Answer;
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Express lets an app type its locals
  namespace Express {
    interface Locals {
      trace?: Trace;
    }
  }
}

/**
 * The way of a delivery: is there room → is it JSON → read the bytes → verify → parse → dispatch → answer.
 * Everything that goes wrong on it ends in {@link answerProblem}.
 */
export function deliveryHandlers<S extends Settings>(dependencies: ReceiverDependencies<S>): RequestHandler[] {
  return [
    limitInFlight(dependencies.maxInFlight),
    requireJson,
    express.raw({ type: () => true, limit: bodyLimitBytes, inflate: false }),
    async (request, response) => {
      send(response, await receive(dependencies, request, response.locals.trace ?? startTrace()));
    },
  ];
}

async function receive<S extends Settings>(
  dependencies: ReceiverDependencies<S>,
  request: Request,
  trace: Trace,
): Promise<Answer> {
  const { manifest, keys, verifyToken, allowUntimedSignatures, clock } = dependencies;
  const now = clock();
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const timestamp = request.get('x-kiket-timestamp');
  const { timed } = verifySignature({ body, signature: request.get('x-kiket-signature'), timestamp }, keys, now);

  const hints = readHints(request);
  const defaults: DeliveryDefaults = { ...manifest, organization: dependencies.organizationId };
  const delivery = parseDelivery(body, hints, defaults);
  if (!timed && !allowUntimedSignatures) verifyFreshness(delivery.freshness, now);
  trace.delivery = delivery;

  const deadline = startDeadline(remainingMs(dependencies, delivery, trace));
  const { signal } = deadline;
  const signed = { body, signedTimestamp: timed ? timestamp : undefined };
  const arrival = { delivery, hints, signed, now, signal, log: deliveryLog(dependencies, delivery) };
  try {
    const claims = await verifyToken(delivery.auth.runtimeToken, now, signal);
    trace.delivery = placeByToken(delivery, claims);
    return await dispatch(dependencies, { ...arrival, delivery: trace.delivery });
  } catch (error) {
    return answerFailedGuard(dependencies, arrival, error);
  } finally {
    deadline.clear();
  }
}

/** What is left of the time that Kiket waits, counted from the arrival of the request. */
function remainingMs<S extends Settings>(
  { manifest }: ReceiverDependencies<S>,
  { event }: Delivery,
  { arrivedAt }: Trace,
): number {
  const hook = manifest.hooks.find(({ name }) => name === event);
  return budgetMs(hook?.timeoutMs ?? manifest.timeoutMs) - (performance.now() - arrivedAt);
}

/** A log for handlers: it says which delivery, and no error in it quotes this delivery's secrets. */
function deliveryLog<S extends Settings>({ log, secretValues }: ReceiverDependencies<S>, delivery: Delivery): Logger {
  const secrets = [...secretValues, ...Object.values(delivery.secrets), delivery.auth.runtimeToken];
  return log.child(
    { deliveryId: delivery.id, event: delivery.event },
    { serializers: { err: errorSerializer(secrets) } },
  );
}

function readHints(request: Request): DeliveryHints {
  const { event, version } = request.params;
  const queryVersion = request.query['version'];
  return {
    pathEvent: typeof event === 'string' ? event : undefined,
    headerEvent: request.get('x-kiket-event'),
    version:
      (typeof version === 'string' ? version : undefined) ??
      request.get('x-kiket-event-version') ??
      (typeof queryVersion === 'string' ? queryVersion : undefined),
    organization: request.get('x-kiket-organization'),
    project: request.get('x-kiket-project'),
    deliveryId: request.get('x-kiket-delivery'),
    invocationId: request.get('x-kiket-invocation'),
  };
}

/** Writes one log line and one set of metrics for each request, when it is over. */
export function observe<S extends Settings>({
  log,
  metrics,
  manifest,
  extension,
}: ReceiverDependencies<S>): RequestHandler {
  const known = new Set([
    guardEvent,
    ...manifest.hooks.map(({ name }) => name),
    ...Object.keys(extension.listeners),
    ...Object.keys(extension.actions).map((key) => `action:${key}`),
  ]);
  return (_request, response: Response, next) => {
    const trace = startTrace();
    response.locals.trace = trace;
    response.once('close', () => {
      const milliseconds = performance.now() - trace.arrivedAt;
      const answer = trace.answer ?? { httpStatus: 0, body: {}, outcome: 'connection_lost' };
      const { delivery } = trace;
      const event = delivery?.event;
      metrics.observe(event !== undefined && known.has(event) ? event : 'other', answer, milliseconds / 1000);
      if (answer.repeated) metrics.countRedelivery();
      const { httpStatus, outcome, failure, repeated } = answer;
      const level = httpStatus >= 500 ? 'error' : httpStatus >= 400 || failure !== undefined ? 'warn' : 'info';
      log[level](
        {
          deliveryId: delivery?.id,
          event,
          organization: delivery?.organization,
          issue: delivery?.issue?.key ?? delivery?.issue?.id,
          outcome,
          failure,
          repeated,
          httpStatus,
          milliseconds: Math.round(milliseconds * 10) / 10,
        },
        'delivery',
      );
    });
    next();
  };
}

function startTrace(): Trace {
  return { arrivedAt: performance.now() };
}

/** The last stop of every problem: turns it into its documented answer. */
export function answerProblem(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, _request, response: Response, _next) => {
    const error = toDeliveryError(thrown);
    if (error.httpStatus >= 500 && error.code !== 'overloaded') {
      const { delivery } = response.locals.trace ?? startTrace();
      log.error({ deliveryId: delivery?.id, event: delivery?.event, code: error.code, err: error }, 'a handler failed');
    }
    const { code, message, httpStatus } = error;
    send(response, { httpStatus, body: { error: { code, message } }, outcome: code });
  };
}

function send(response: Response, answer: Answer): void {
  if (response.locals.trace !== undefined) response.locals.trace.answer = answer;
  if (response.headersSent) return;
  if (answer.httpStatus === 503) response.set('Retry-After', '1');
  response.status(answer.httpStatus).json(answer.body);
}

function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  if (thrown instanceof URIError) return new DeliveryError('path_malformed', { cause: thrown });
  const type = typeof thrown === 'object' && thrown !== null && 'type' in thrown ? thrown.type : undefined;
  if (type === 'entity.too.large') return new DeliveryError('body_too_large');
  if (type === 'encoding.unsupported') return new DeliveryError('content_encoding_unsupported');
  if (type === 'request.aborted' || type === 'request.size.invalid') return new DeliveryError('body_incomplete');
  return new DeliveryError('handler_failed', { cause: thrown });
}

function limitInFlight(maxInFlight: number): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= maxInFlight) throw new DeliveryError('overloaded');
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    next();
  };
}

const requireJson: RequestHandler = (request, _response, next) => {
  const type = request.get('content-type') ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? [];
  if (!/^application\/json\s*(?:;|$)/i.test(type) || !/^utf-?8$/i.test(charset)) {
    throw new DeliveryError('content_type_unsupported');
  }
  next();
};
