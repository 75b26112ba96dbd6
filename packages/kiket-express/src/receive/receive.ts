import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { mayExceed, readBody } from './body.ts';
import { budgetMs, Deadline, marginMs } from './deadline.ts';
import type { Answer } from '../extension/decision.ts';
import { parseDelivery, type Delivery } from './delivery.ts';
import type { DeliveryDefaults } from './eventName.ts';
import { answerFailedGuard, dispatch, type Arrival, type DispatchDependencies } from './dispatch.ts';
import { DeliveryError } from './errors.ts';
import type { Settings } from '../extension/extension.ts';
import { Room } from './limits.ts';
import { limitRepeats, type Line } from '../telemetry/lineLimit.ts';
import { errorSerializer } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { readOnly } from '../extension/readOnly.ts';
import { header, readHints } from './requestHints.ts';
import type { Trace, Work } from './respond.ts';
import { verifyFreshness, verifySignature } from './signature.ts';
import { isJwt, placeByToken, type VerifyToken } from './token.ts';

/** What receiving needs, for as long as the process lives. */
export interface ReceiverDependencies<S extends Settings> extends DispatchDependencies<S> {
  /** From `signingKeys()`: the current secret and, while it rotates, the previous one. */
  keys: readonly KeyObject[];
  /** From `createTokenVerifier()`: the second factor, for deliveries that bring one. */
  verifyToken: VerifyToken;
  /** `KIKET_ALLOW_UNTIMED_SIGNATURES`: whether a signature without any proof of time is taken. */
  allowUntimedSignatures: boolean;
  /** `KIKET_BODY_TOLERANCE_SECONDS`: how long ago a signed time inside a body may be. */
  bodyToleranceSeconds: number;
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

/** Bodies of up to this many bytes are always read: even on every connection at once they fit into memory. */
const smallBodyBytes = 64 * 1024;

/** How many lines a minute are written about one signature. Kiket delivers again less often, and signs anew. */
const linesPerSignature = 10;

/** How a signature ends, whatever is in front of it: in hex digits. */
const signatureDigits = 64;

/** How many larger bodies may be in memory at once. Deliveries have a few kilobytes. */
const maxLargeBodies = 64;

/**
 * The way of a delivery: is it JSON → read the bytes → is there room → verify → parse → dispatch → answer.
 * What goes wrong on it is thrown, as a {@link DeliveryError}.
 */
export function createReceiver<S extends Settings>(dependencies: ReceiverDependencies<S>): Work {
  readOnly(dependencies.settings);
  const largeBodies = new Room(maxLargeBodies);
  const inHand = new Room(dependencies.maxInFlight);
  const lineAbout = limitRepeats(linesPerSignature);
  const defaults = { ...dependencies.manifest, organization: dependencies.organizationId };
  return async (request, trace) => {
    requirePost(request);
    requireJson(request);
    const isLarge = mayExceed(request, smallBodyBytes);
    if (isLarge) largeBodies.enter();
    try {
      const body = await readBody(request);
      // After the body, so that slow senders take nobody's place.
      inHand.enter();
      try {
        return await receive(dependencies, { request, body, trace, defaults, lineAbout });
      } finally {
        inHand.leave();
      }
    } finally {
      if (isLarge) largeBodies.leave();
    }
  };
}

interface Received {
  request: IncomingMessage;
  body: Buffer;
  trace: Trace;
  defaults: DeliveryDefaults;
  lineAbout: ReturnType<typeof limitRepeats>;
}

async function receive<S extends Settings>(
  dependencies: ReceiverDependencies<S>,
  { request, body, trace, defaults, lineAbout }: Received,
): Promise<Answer> {
  const { keys, verifyToken, allowUntimedSignatures, bodyToleranceSeconds, clock } = dependencies;
  const now = clock();
  const timestamp = header(request, 'x-kiket-timestamp');
  const signature = header(request, 'x-kiket-signature');
  const { timed } = verifySignature({ body, signature, timestamp }, keys, now);

  const hints = readHints(request);
  const delivery = parseDelivery(body, hints, defaults);
  // A JWT proves it too: below, one that has ended is refused.
  const isProven = timed || allowUntimedSignatures || isJwt(delivery.auth.runtimeToken);
  if (!isProven) verifyFreshness(delivery.freshness, now, bodyToleranceSeconds);
  trace.delivery = delivery;
  // What was sent again and again has one signature, whatever its headers say.
  trace.line = lineAbout(signature?.slice(-signatureDigits).toLowerCase() ?? '');
  let named: Logger | undefined;
  const log = () => (named ??= deliveryLog(dependencies, delivery, trace.line));
  trace.log = log;

  const deadline = new Deadline(remainingMs(dependencies, delivery, trace));
  const signed = { body, signedTimestamp: timed ? timestamp : undefined };
  const arrival: Arrival = { delivery, signed, headers: request.headers, now, deadline, log };
  try {
    const claims = verifyToken(delivery.auth.runtimeToken, now, deadline);
    if (claims !== undefined) arrival.delivery = placeByToken(delivery, await claims);
    trace.delivery = arrival.delivery;
    trace.handledSince = performance.now();
    return await dispatch(dependencies, arrival);
  } catch (error) {
    return answerFailedGuard(dependencies, arrival, error);
  } finally {
    deadline.clear();
  }
}

/** What is left of the time that Kiket waits, and the host, counted from the arrival of the request. */
function remainingMs<S extends Settings>(
  { manifest }: ReceiverDependencies<S>,
  { event }: Delivery,
  { arrivedAt, hostTime }: Trace,
): number {
  const hook = manifest.hooks.find(({ name }) => name === event);
  const endsAt = arrivedAt + budgetMs(hook?.timeoutMs ?? manifest.timeoutMs);
  return Math.min(endsAt, hostTime === undefined ? endsAt : hostTime.endsAt - marginMs) - performance.now();
}

/** A log for handlers: it says which delivery, and no error in it quotes this delivery's secrets. Without a line it is silent. */
function deliveryLog<S extends Settings>(
  { log, secretValues }: ReceiverDependencies<S>,
  delivery: Delivery,
  line: Line | undefined,
): Logger {
  if (line === undefined) return log.child({}, { level: 'silent' });
  const secrets = [...secretValues, ...Object.values(delivery.secrets), delivery.auth.runtimeToken];
  return log.child(
    { deliveryId: delivery.id, event: delivery.event },
    { serializers: { err: errorSerializer(secrets) } },
  );
}

function requirePost({ method }: IncomingMessage): void {
  if (method !== 'POST') throw new DeliveryError('method_not_allowed', { headers: { Allow: 'POST' } });
}

function requireJson(request: IncomingMessage): void {
  const type = header(request, 'content-type') ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? [];
  if (!/^application\/json\s*(?:;|$)/i.test(type) || !/^utf-?8$/i.test(charset)) {
    throw new DeliveryError('content_type_unsupported');
  }
}
