import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { isJwt, type VerifyToken } from '../client/runtimeToken.ts';
import { Deadline, remainingMs, type HostTime } from '../deadline.ts';
import { readHints } from '../envelope/hints.ts';
import type { Settings } from '../extension/extension.ts';
import { readOnly } from '../extension/readOnly.ts';
import { header } from '../request.ts';
import type { Config } from '../server/config.ts';
import { limitConcurrency } from '../server/limitConcurrency.ts';
import type { Handled } from '../telemetry/handled.ts';
import { limitRepeats, type Line } from '../telemetry/lineLimit.ts';
import { deliveryLog } from '../telemetry/log.ts';
import { answerToError, type Work } from './answer.ts';
import { answerFailedGuard, dispatch, type Dispatch, type DispatchDependencies } from './dispatch.ts';
import { parseDelivery } from './parse.ts';
import { mayBeLarge, readBody, requireJsonPost } from './read.ts';
import { applyClaims, verifyFreshness, verifySignature } from './verify.ts';

/** What receiving needs, for the lifetime of the process. */
export interface ReceiverDependencies<S extends Settings>
  extends DispatchDependencies<S>, Pick<Config, 'allowUntimedSignatures' | 'bodyToleranceSeconds' | 'organizationId'> {
  /** From `signingKeys()`: the current secret and, while it rotates, the previous one. */
  keys: readonly KeyObject[];
  /** From `createTokenVerifier()`: the second factor, for deliveries with a token. */
  verifyToken: VerifyToken;
  /** Values that must never appear in the log. */
  secretValues: readonly string[];
  log: Logger;
  clock: () => Date;
  /** How many deliveries can be in progress at once; more get a 503. */
  maxInFlight: number;
}

/** How many large bodies can be in memory at once. Deliveries have a few kilobytes. */
const maxLargeBodies = 64;

/** How many lines a minute are logged for one signature. Kiket's redeliveries are rarer, and signed again. */
const linesPerSignature = 10;

/** The path of a delivery: read → verify → parse → dispatch → answer. Throws what fails before a handler runs. */
export function createReceiver<S extends Settings>(dependencies: ReceiverDependencies<S>): Work {
  readOnly(dependencies.settings);
  const ifMemoryAllows = limitConcurrency(maxLargeBodies);
  const ifNotBusy = limitConcurrency(dependencies.maxInFlight, Math.ceil(dependencies.maxInFlight / 4));
  const lineAbout = limitRepeats(linesPerSignature);
  return async (request, time, closed) => {
    requireJsonPost(request);
    const receive = async () => {
      const body = await readBody(request, closed);
      // Repeated deliveries share a signature, whatever its prefix and the other headers are.
      const signature = header(request, 'x-kiket-signature')?.slice(-64).toLowerCase() ?? '';
      // After the body, so that slow senders don't take up places. One delivery that is sent again and again doesn't either.
      return ifNotBusy(async () => {
        const verified = verifyAndParse(dependencies, request, body);
        return handle({ headers: request.headers, ...dependencies, ...verified }, time, lineAbout(signature));
      }, signature);
    };
    return mayBeLarge(request) ? ifMemoryAllows(receive) : receive();
  };
}

/** The verified parts of a request. Throws a `DeliveryError` if verification fails. */
function verifyAndParse<S extends Settings>(
  { keys, manifest, organizationId, allowUntimedSignatures, bodyToleranceSeconds, clock }: ReceiverDependencies<S>,
  request: IncomingMessage,
  body: Buffer,
): Pick<Dispatch<S>, 'delivery' | 'signed' | 'now' | 'isFresh'> {
  const now = clock();
  const timestamp = header(request, 'x-kiket-timestamp');
  const { timed } = verifySignature({ body, signature: header(request, 'x-kiket-signature'), timestamp }, keys, now);
  const delivery = parseDelivery(body, readHints(request), { organization: organizationId, ...manifest });
  // A JWT proves it too, once it's verified: expired ones are rejected.
  const isFresh = timed || allowUntimedSignatures || !isJwt(delivery.auth.runtimeToken);
  if (!timed && isFresh && !allowUntimedSignatures) verifyFreshness(delivery.freshness, now, bodyToleranceSeconds);
  return { delivery, signed: { body, signedTimestamp: timed ? timestamp : undefined }, now, isFresh };
}

/** Answers a verified delivery. Errors become a decision, or a documented error answer. */
async function handle<S extends Settings>(
  received: ReceiverDependencies<S> & Omit<Dispatch<S>, 'log' | 'deadline'>,
  time: HostTime,
  line: Line | undefined,
): Promise<Handled> {
  const { delivery, manifest, now, verifyToken } = received;
  const hook = manifest.hooks.find(({ name }) => name === delivery.event);
  const deadline = new Deadline(remainingMs(time, hook?.timeoutMs ?? manifest.timeoutMs));
  let named: Logger | undefined;
  const log = () => (named ??= deliveryLog(received, line));
  const given: Dispatch<S> = { deadline, ...received, log };
  const handled = { line, handledSince: undefined as number | undefined };
  try {
    const claims = verifyToken(delivery.auth.runtimeToken, now, deadline);
    if (claims !== undefined) Object.assign(given, { delivery: applyClaims(delivery, await claims), isFresh: true });
    handled.handledSince = performance.now();
    return { answer: await dispatch(given), delivery: given.delivery, ...handled };
  } catch (error) {
    const answer = answerFailedGuard(given, error) ?? answerToError(error, log);
    return { answer, delivery: given.delivery, ...handled };
  } finally {
    deadline.clear();
  }
}
