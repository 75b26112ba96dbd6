import type { Delivery } from '../delivery.ts';
import type { Answer } from '../extension/decision.ts';
import type { Line } from './lineLimit.ts';

/** What became of a request: for its log line, metrics and telemetry. */
export interface Handled {
  answer: Answer;
  /** Set when the request is known to be from Kiket. */
  delivery?: Delivery;
  /** The line about a genuine delivery; none if it has come too often. */
  line?: Line | undefined;
  /** When a handler got the delivery, as `performance.now()` counts. */
  handledSince?: number | undefined;
}
