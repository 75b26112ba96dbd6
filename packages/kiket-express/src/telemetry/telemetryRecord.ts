import { problems, type ProblemCode } from '../errors.ts';
import { isGuardEvent } from '../envelope/events.ts';
import type { Handled } from './handled.ts';
import type { TelemetryRecord } from '../schemas.ts';

/**
 * The result of a run, without anything about people: event, duration, decision, and the code and message of the error,
 * if any. `undefined` if no handler finished.
 */
export function describeRun(
  { delivery, handledSince, answer }: Handled,
  { extensionId, extensionVersion, now }: { extensionId: string; extensionVersion: string; now: Date },
): TelemetryRecord | undefined {
  if (delivery === undefined || handledSince === undefined) return undefined;
  const { httpStatus, outcome, failure, repeated } = answer;
  // No handler ran.
  if (repeated || outcome === 'ignored') return undefined;
  const code = failure ?? (httpStatus >= 400 ? outcome : undefined);
  return {
    event: delivery.event,
    version: delivery.eventVersion,
    status: code === undefined ? 'ok' : 'error',
    durationMs: Math.round(performance.now() - handledSince),
    ...(code === undefined ? {} : { errorClass: code, errorMessage: problems[code as ProblemCode].message }),
    metadata: isGuardEvent(delivery.event) ? { decision: outcome } : {},
    extensionId,
    extensionVersion,
    timestamp: now.toISOString(),
  };
}

/** A record as Kiket's telemetry endpoint expects it. */
export function writeRecord({
  durationMs,
  errorClass,
  errorMessage,
  extensionId,
  extensionVersion,
  ...rest
}: TelemetryRecord): Record<string, unknown> {
  return {
    ...rest,
    duration_ms: durationMs,
    error_class: errorClass,
    error_message: errorMessage,
    extension_id: extensionId,
    extension_version: extensionVersion,
  };
}
