import type { Delivery } from '../delivery.ts';
import type { Answer } from '../extension/decision.ts';
import type { Line } from './lineLimit.ts';

/** The result of a request, for its log line, metrics and telemetry. */
export interface Handled {
  answer: Answer;
  /** Set if the request is certainly from Kiket. */
  delivery?: Delivery;
  /** The log line of a verified delivery; none if it's repeated too often. */
  line?: Line | undefined;
  /** When a handler got the delivery, in `performance.now()` time. */
  handledSince?: number | undefined;
}
