import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Answer } from '../extension/decision.ts';
import type { Delivery } from './delivery.ts';
import { DeliveryError, type ProblemCode } from './errors.ts';
import { limitLines, type Line } from '../telemetry/lineLimit.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What a request leaves behind for its log line and metrics. */
export interface Trace {
  arrivedAt: number;
  delivery: Delivery | undefined;
  /** When the delivery was known to be genuine and a handler got it; both times as `performance.now()` counts. */
  handledSince: number | undefined;
  answer: Answer | undefined;
  /** The line about a delivery that is genuine; none if it has come too often. */
  line: Line | undefined;
  /** Names the delivery in every line, and keeps its secrets out of errors. */
  log: (() => Logger) | undefined;
  /** What is known of the time that the host gives. */
  hostTime: HostTime | undefined;
}

/** When a host got a request and when it stops waiting for the answer, as `performance.now()` counts. */
export interface HostTime {
  arrivedAt: number;
  endsAt: number;
}

/** A plain Node handler, which `node:http`, Express and every framework that shows Node's own messages can call. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Works out the answer to one request. What it throws becomes the documented answer of an error. */
export type Work = (request: IncomingMessage, trace: Trace) => Answer | Promise<Answer>;

/** Set by a host that freezes or ends between requests, before it hands a request on. */
export const hostTimes = new WeakMap<IncomingMessage, HostTime>();

/** What {@link createResponder} writes with. */
export interface ResponderOptions {
  log: Logger;
  metrics: Metrics;
  telemetry: Pick<Telemetry, 'record'>;
  /** Events that get a label of their own in the metrics. */
  knownEvents: ReadonlySet<string>;
  clock: () => Date;
}

/** How many lines a second are written about what is turned away before it is verified. */
const unverifiedLinesPerSecond = 10;

/** Failures that other lines in the log already tell of. */
const isExpected: ReadonlySet<ProblemCode> = new Set(['overloaded', 'not_ready']);

/**
 * Makes handlers that answer with what their work returns, or with the documented answer of what it throws, and write one log
 * line, one set of metrics and one telemetry record for each request when it is over. A flood of forgeries fills no log.
 */
export function createResponder(options: ResponderOptions): (work: Work) => Handler {
  const observe = createObserver(options);
  return (work) => (request, response) => {
    const trace = startTrace(hostTimes.get(request));
    response.once('close', () => observe(trace));
    // Where even telling what went wrong fails, nothing is left to say.
    answerWith(work, { request, response, trace, log: options.log }).catch(() => response.destroy());
  };
}

async function answerWith(
  work: Work,
  { request, response, trace, log }: { request: IncomingMessage; response: ServerResponse; trace: Trace; log: Logger },
): Promise<void> {
  try {
    trace.answer = await work(request, trace);
    send(response, trace.answer);
  } catch (thrown) {
    const error = toDeliveryError(thrown);
    if (error.httpStatus >= 500 && !isExpected.has(error.code)) {
      (trace.log?.() ?? log).error({ code: error.code, err: error }, 'a handler failed');
    }
    // Even answering has failed.
    if (response.headersSent) response.destroy();
    else send(response, (trace.answer = answerOf(error)));
  }
}

function createObserver({ log, metrics, telemetry, knownEvents, clock }: ResponderOptions): (trace: Trace) => void {
  // Nothing in this line can be a secret, so nothing is looked for in it.
  const lines = log.child({}, { redact: [] });
  const lineAboutUnverified = limitLines(unverifiedLinesPerSecond);
  return (trace) => {
    const milliseconds = performance.now() - trace.arrivedAt;
    const answer = trace.answer ?? { httpStatus: 0, body: {}, outcome: 'connection_lost' };
    const { delivery } = trace;
    const event = delivery?.event;
    metrics.observe(event !== undefined && knownEvents.has(event) ? event : 'other', answer, milliseconds / 1000);
    if (answer.repeated) metrics.countRedelivery();
    telemetry.record(trace);
    const line = delivery === undefined ? lineAboutUnverified(clock()) : trace.line;
    if (line === undefined) return;
    const { httpStatus, outcome, failure, repeated } = answer;
    const level = httpStatus >= 500 ? 'error' : httpStatus >= 400 || failure !== undefined ? 'warn' : 'info';
    const facts = {
      deliveryId: delivery?.id,
      event,
      organization: delivery?.organization,
      issue: delivery?.issue?.key ?? delivery?.issue?.id,
      outcome,
      failure,
      repeated,
      httpStatus,
      milliseconds: Math.round(milliseconds * 10) / 10,
      omitted: line.omitted,
    };
    lines[level](facts, 'delivery');
  };
}

/** Starts the clock of a request, or goes on with its host's. */
function startTrace(hostTime: HostTime | undefined): Trace {
  const arrivedAt = hostTime?.arrivedAt ?? performance.now();
  return {
    arrivedAt,
    hostTime,
    delivery: undefined,
    handledSince: undefined,
    answer: undefined,
    line: undefined,
    log: undefined,
  };
}

/** The documented answer of an error. */
export function answerOf({ code, message, httpStatus, headers }: DeliveryError): Answer {
  return { httpStatus, headers, body: { error: { code, message } }, outcome: code };
}

/** Answers with JSON. */
export function send(response: ServerResponse, { httpStatus, headers, body }: Answer): void {
  const text = JSON.stringify(body);
  response.statusCode = httpStatus;
  // One by one: what stands in for a socket on a host of functions reads them so, and not what writeHead() is given.
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (httpStatus === 503) response.setHeader('Retry-After', '1');
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.end(text);
}

/** What was thrown as an error with a code. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  if (thrown instanceof URIError) return new DeliveryError('path_malformed', { cause: thrown });
  return new DeliveryError('handler_failed', { cause: thrown });
}
