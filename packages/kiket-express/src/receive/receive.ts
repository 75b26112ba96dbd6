import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { isJwt, type VerifyToken } from '../client/runtimeToken.ts';
import { budgetMs, Deadline, marginMs } from '../deadline.ts';
import type { Delivery } from '../delivery.ts';
import { DeliveryError } from '../errors.ts';
import type { Answer } from '../extension/decision.ts';
import type { Settings } from '../extension/extension.ts';
import { readOnly } from '../extension/readOnly.ts';
import type { Handled } from '../telemetry/handled.ts';
import { limitRepeats, type Line } from '../telemetry/lineLimit.ts';
import { errorSerializer } from '../telemetry/log.ts';
import { answerToError, type HostTime, type Work } from './answer.ts';
import { mayExceed, readBody } from './body.ts';
import { answerFailedGuard, dispatch, type Dispatch, type DispatchDependencies } from './dispatch.ts';
import { parseDelivery } from './parse.ts';
import { header, readHints, requireJsonPost } from './request.ts';
import { verifyFreshness, verifySignature } from './signature.ts';
import { applyClaims } from './token.ts';

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
  clock: () => Date;
  /** How many deliveries may be in hand at once; one more gets a 503. */
  maxInFlight: number;
}

/** Bodies of up to this many bytes are always read: even on every connection at once they fit into memory. */
const smallBodyBytes = 64 * 1024;

/** How many larger bodies may be in memory at once. Deliveries have a few kilobytes. */
const maxLargeBodies = 64;

/** How many lines a minute are written about one signature. Kiket delivers again less often, and signs anew. */
const linesPerSignature = 10;

/** The path of a delivery: read → verify → parse → dispatch → answer. What goes wrong before a handler runs is thrown. */
export function createReceiver<S extends Settings>(dependencies: ReceiverDependencies<S>): Work {
  readOnly(dependencies.settings);
  const ifMemoryAllows = limitConcurrency(maxLargeBodies);
  const ifNotBusy = limitConcurrency(dependencies.maxInFlight);
  const lineAbout = limitRepeats(linesPerSignature);
  return async (request, time) => {
    requireJsonPost(request);
    const receive = async () => {
      const body = await readBody(request);
      // After the body, so that slow senders take nobody's place.
      return ifNotBusy(async () => {
        const verified = verifyAndParse(dependencies, request, body);
        // What was sent again and again has one signature, whatever is in front of it and whatever its headers say.
        const line = lineAbout(header(request, 'x-kiket-signature')?.slice(-64).toLowerCase() ?? '');
        return handle({ ...dependencies, ...verified, headers: request.headers }, time, line);
      });
    };
    return mayExceed(request, smallBodyBytes) ? ifMemoryAllows(receive) : receive();
  };
}

/** Runs at most so many at once. One more is rejected with a {@link DeliveryError} `overloaded`. */
function limitConcurrency(max: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  return async (work) => {
    if (running >= max) throw new DeliveryError('overloaded');
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
}

/** What is genuine about a request, or what a {@link DeliveryError} says is not. */
function verifyAndParse<S extends Settings>(
  { keys, manifest, organizationId, allowUntimedSignatures, bodyToleranceSeconds, clock }: ReceiverDependencies<S>,
  request: IncomingMessage,
  body: Buffer,
): Pick<Dispatch<S>, 'delivery' | 'signed' | 'now'> {
  const now = clock();
  const timestamp = header(request, 'x-kiket-timestamp');
  const { timed } = verifySignature({ body, signature: header(request, 'x-kiket-signature'), timestamp }, keys, now);
  const delivery = parseDelivery(body, readHints(request), { ...manifest, organization: organizationId });
  // A JWT proves it too: one that has ended is refused.
  const isProven = timed || allowUntimedSignatures || isJwt(delivery.auth.runtimeToken);
  if (!isProven) verifyFreshness(delivery.freshness, now, bodyToleranceSeconds);
  return { delivery, signed: { body, signedTimestamp: timed ? timestamp : undefined }, now };
}

async function handle<S extends Settings>(
  given: ReceiverDependencies<S> & Omit<Dispatch<S>, 'log' | 'deadline'>,
  time: HostTime,
  line: Line | undefined,
): Promise<Handled> {
  const { delivery, now, verifyToken } = given;
  const deadline = new Deadline(remainingMs(given, time));
  let named: Logger | undefined;
  const log = () => (named ??= deliveryLog(given, line));
  const dispatched = { ...given, deadline, log };
  let handledSince: number | undefined;
  let answer: Answer;
  try {
    const claims = verifyToken(delivery.auth.runtimeToken, now, deadline);
    if (claims !== undefined) dispatched.delivery = applyClaims(delivery, await claims);
    handledSince = performance.now();
    answer = await dispatch(dispatched);
  } catch (error) {
    answer = answerFailedGuard(dispatched, error) ?? answerToError(error, log);
  } finally {
    deadline.clear();
  }
  return { answer, delivery: dispatched.delivery, line, handledSince };
}

type Received = Pick<ReceiverDependencies<never>, 'manifest' | 'log' | 'secretValues'> & { delivery: Delivery };

/** What is left of the time that Kiket waits, and the host, counted from the arrival of the request. */
function remainingMs({ manifest, delivery }: Received, { arrivedAt, endsAt }: HostTime): number {
  const hook = manifest.hooks.find(({ name }) => name === delivery.event);
  const answerBy = arrivedAt + budgetMs(hook?.timeoutMs ?? manifest.timeoutMs);
  return Math.min(answerBy, endsAt - marginMs) - performance.now();
}

/** A log for handlers: it says which delivery, and no error in it quotes this delivery's secrets. Without a line it is silent. */
function deliveryLog({ log, secretValues, delivery }: Received, line: Line | undefined): Logger {
  if (line === undefined) return log.child({}, { level: 'silent' });
  const { id, event, secrets, auth } = delivery;
  const hidden = [...secretValues, ...Object.values(secrets), auth.runtimeToken];
  return log.child({ deliveryId: id, event }, { serializers: { err: errorSerializer(hidden) } });
}
