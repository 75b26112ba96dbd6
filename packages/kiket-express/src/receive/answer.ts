import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { hostTimes, type HostTime } from '../deadline.ts';
import { DeliveryError, type ProblemCode } from '../errors.ts';
import type { Answer } from '../extension/decision.ts';
import type { Handled } from '../telemetry/handled.ts';

/** A plain Node handler, for `node:http`, Express and every framework that exposes Node's own messages. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Computes the answer to one request. Errors become documented answers. */
export type Work = (request: IncomingMessage, time: HostTime, closed: Promise<unknown>) => Handled | Promise<Handled>;

const connectionLost: Answer = { httpStatus: 0, body: {}, outcome: 'connection_lost' };

/** Creates handlers that send what their work returns, and report each finished request to the observer. */
export function createResponder(
  log: Logger,
  observe: (handled: Handled, milliseconds: number) => void,
): (work: Work) => Handler {
  const respond = async (work: Work, request: IncomingMessage, response: ServerResponse) => {
    const time = hostTimes.get(request) ?? { arrivedAt: performance.now(), endsAt: Infinity };
    const closed = new Promise((resolve) => response.once('close', resolve));
    let handled: Handled;
    try {
      handled = await work(request, time, closed);
    } catch (error) {
      handled = { answer: answerToError(error, () => log) };
    }
    if (response.destroyed) handled = { ...handled, answer: connectionLost };
    else if (response.headersSent) response.destroy();
    else send(response, handled.answer);
    await closed;
    observe(handled, performance.now() - time.arrivedAt);
  };
  return (work) => (request, response) => {
    // If even the error answer fails, there's nothing left to send.
    respond(work, request, response).catch(() => response.destroy());
  };
}

/** Failures that other log lines already report. */
const isExpected: ReadonlySet<ProblemCode> = new Set(['overloaded', 'not_ready']);

/** The documented answer to an error. Our own failures are logged. */
export function answerToError(thrown: unknown, log: () => Logger): Answer {
  const error = thrown instanceof DeliveryError ? thrown : new DeliveryError('handler_failed', { cause: thrown });
  const { code, message, httpStatus, headers } = error;
  if (httpStatus >= 500 && !isExpected.has(code)) log().error({ code, err: error }, 'a handler failed');
  return { httpStatus, headers, body: { error: { code, message } }, outcome: code };
}

/** Answers with JSON. */
export function send(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  const text = JSON.stringify(body);
  response.statusCode = httpStatus;
  // One by one, because the fake sockets of serverless hosts ignore headers passed to writeHead().
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (httpStatus === 503) response.setHeader('Retry-After', '1');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.end(text);
}
