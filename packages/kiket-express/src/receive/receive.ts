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
import { answerFailedGuard, dispatch, type DispatchDependencies } from './dispatch.ts';
import { parseDelivery, type DeliveryDefaults } from './parse.ts';
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

/** How a signature ends, whatever is in front of it: in hex digits. */
const signatureDigits = 64;

/** The path of a delivery: read → verify → parse → dispatch → answer. What goes wrong before a handler runs is thrown. */
export function createReceiver<S extends Settings>(dependencies: ReceiverDependencies<S>): Work {
  const { settings, manifest, organizationId, maxInFlight } = dependencies;
  readOnly(settings);
  const ifMemoryAllows = limitConcurrency(maxLargeBodies);
  const ifNotBusy = limitConcurrency(maxInFlight);
  const lineAbout = limitRepeats(linesPerSignature);
  const defaults = { ...manifest, organization: organizationId };
  return async (request, time) => {
    requireJsonPost(request);
    const receive = async () => {
      const body = await readBody(request);
      // After the body, so that slow senders take nobody's place.
      return ifNotBusy(async () => {
        const verified = verifyAndParse(dependencies, { request, body, defaults });
        // What was sent again and again has one signature, whatever its headers say.
        const line = lineAbout(header(request, 'x-kiket-signature')?.slice(-signatureDigits).toLowerCase() ?? '');
        return handle(dependencies, { ...verified, request, time, line });
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

interface Verified {
  delivery: Delivery;
  signed: { body: Buffer; signedTimestamp: string | undefined };
  now: Date;
}

function verifyAndParse<S extends Settings>(
  { keys, allowUntimedSignatures, bodyToleranceSeconds, clock }: ReceiverDependencies<S>,
  { request, body, defaults }: { request: IncomingMessage; body: Buffer; defaults: DeliveryDefaults },
): Verified {
  const now = clock();
  const timestamp = header(request, 'x-kiket-timestamp');
  const { timed } = verifySignature({ body, signature: header(request, 'x-kiket-signature'), timestamp }, keys, now);
  const delivery = parseDelivery(body, readHints(request), defaults);
  // A JWT proves it too: one that has ended is refused.
  const isProven = timed || allowUntimedSignatures || isJwt(delivery.auth.runtimeToken);
  if (!isProven) verifyFreshness(delivery.freshness, now, bodyToleranceSeconds);
  return { delivery, signed: { body, signedTimestamp: timed ? timestamp : undefined }, now };
}

async function handle<S extends Settings>(
  dependencies: ReceiverDependencies<S>,
  { request, time, line, ...verified }: Verified & { request: IncomingMessage; time: HostTime; line: Line | undefined },
): Promise<Handled> {
  const { delivery, now } = verified;
  const deadline = new Deadline(remainingMs(dependencies, delivery, time));
  let named: Logger | undefined;
  const log = () => (named ??= deliveryLog(dependencies, delivery, line));
  const given = { ...dependencies, ...verified, headers: request.headers, deadline, log };
  let handledSince: number | undefined;
  let answer: Answer;
  try {
    const claims = dependencies.verifyToken(delivery.auth.runtimeToken, now, deadline);
    if (claims !== undefined) given.delivery = applyClaims(delivery, await claims);
    handledSince = performance.now();
    answer = await dispatch(given);
  } catch (error) {
    answer = answerFailedGuard(given, error) ?? answerToError(error, log);
  } finally {
    deadline.clear();
  }
  return { answer, delivery: given.delivery, line, handledSince };
}

/** What is left of the time that Kiket waits, and the host, counted from the arrival of the request. */
function remainingMs<S extends Settings>(
  { manifest }: ReceiverDependencies<S>,
  { event }: Delivery,
  { arrivedAt, endsAt }: HostTime,
): number {
  const hook = manifest.hooks.find(({ name }) => name === event);
  const answerBy = arrivedAt + budgetMs(hook?.timeoutMs ?? manifest.timeoutMs);
  return Math.min(answerBy, endsAt - marginMs) - performance.now();
}

/** A log for handlers: it says which delivery, and no error in it quotes this delivery's secrets. Without a line it is silent. */
function deliveryLog<S extends Settings>(
  { log, secretValues }: ReceiverDependencies<S>,
  { id, event, secrets, auth }: Delivery,
  line: Line | undefined,
): Logger {
  if (line === undefined) return log.child({}, { level: 'silent' });
  const hidden = [...secretValues, ...Object.values(secrets), auth.runtimeToken];
  return log.child({ deliveryId: id, event }, { serializers: { err: errorSerializer(hidden) } });
}
