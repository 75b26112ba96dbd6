import type { Logger } from 'pino';
import type { Handled } from './handled.ts';
import { limitLines } from './lineLimit.ts';
import type { Metrics } from './metrics.ts';
import type { Telemetry } from './telemetry.ts';

/** What {@link createObserver} writes to. */
export interface ObserverOptions {
  log: Logger;
  metrics: Metrics;
  telemetry: Pick<Telemetry, 'record'>;
  /** Events with their own label in the metrics. */
  knownEvents: ReadonlySet<string>;
  clock: () => Date;
}

/** How many lines a second are written about requests rejected before verification. */
const unverifiedLinesPerSecond = 10;

/**
 * Writes one log line, one set of metrics and one telemetry record for each request. A flood of forgeries doesn't fill
 * the log.
 */
export function createObserver({ log, metrics, telemetry, knownEvents, clock }: ObserverOptions) {
  // Nothing in this line can be a secret, so it isn't redacted.
  const lines = log.child({}, { redact: [] });
  const lineAboutUnverified = limitLines(unverifiedLinesPerSecond);
  return (handled: Handled, milliseconds: number): void => {
    const { delivery, answer } = handled;
    const { httpStatus, outcome, failure, repeated } = answer;
    const event = delivery?.event;
    metrics.observe(event !== undefined && knownEvents.has(event) ? event : 'other', answer, milliseconds / 1000);
    if (repeated) metrics.countRedelivery();
    telemetry.record(handled);
    const line = delivery === undefined ? lineAboutUnverified(clock()) : handled.line;
    if (line === undefined) return;
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
