import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
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

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Express lets an app type its locals
  namespace Express {
    interface Locals {
      trace?: Trace;
    }
    interface Request {
      /** Set by a host that opens the guardian for a request, or ends it with its answer. */
      hostTime?: HostTime;
    }
  }
}

/** What {@link observe} writes with. */
export interface ObserveOptions {
  log: Logger;
  metrics: Metrics;
  telemetry: Pick<Telemetry, 'record'>;
  /** Events that get a label of their own in the metrics. */
  knownEvents: ReadonlySet<string>;
  clock: () => Date;
}

/** How many lines a second are written about what is turned away before it is verified. */
const unverifiedLinesPerSecond = 10;

/**
 * Writes one log line, one set of metrics and one telemetry record for each request, when it is over. A flood of
 * forgeries fills no log.
 */
export function observe({ log, metrics, telemetry, knownEvents, clock }: ObserveOptions): RequestHandler {
  // Nothing in this line can be a secret, so nothing is looked for in it.
  const lines = log.child({}, { redact: [] });
  const lineAboutUnverified = limitLines(unverifiedLinesPerSecond);
  return (request, response: Response, next) => {
    const trace = startTrace(request.hostTime);
    response.locals.trace = trace;
    response.once('close', () => {
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
    });
    next();
  };
}

/** Starts the clock of a request, or goes on with its host's. */
export function startTrace(hostTime?: HostTime): Trace {
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

/** Failures of which the log hears enough in other lines. */
const isExpected: ReadonlySet<ProblemCode> = new Set(['overloaded', 'not_ready']);

/** The last stop of every problem: turns it into its documented answer. */
export function answerProblem(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, _request, response: Response, _next) => {
    const error = toDeliveryError(thrown);
    if (error.httpStatus >= 500 && !isExpected.has(error.code)) {
      (response.locals.trace?.log?.() ?? log).error({ code: error.code, err: error }, 'a handler failed');
    }
    const { code, message, httpStatus } = error;
    send(response, { httpStatus, body: { error: { code, message } }, outcome: code });
  };
}

/** Answers. */
export function send(response: Response, answer: Answer): void {
  if (response.locals.trace !== undefined) response.locals.trace.answer = answer;
  const body = JSON.stringify(answer.body);
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(answer.httpStatus, answer.httpStatus === 503 ? { ...headers, 'Retry-After': '1' } : headers);
  response.end(body);
}

function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  if (thrown instanceof URIError) return new DeliveryError('path_malformed', { cause: thrown });
  return new DeliveryError('handler_failed', { cause: thrown });
}
