import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Answer } from '../extension/decision.ts';
import { problems } from '../errors.ts';

/** The metrics that Prometheus reads at `/metrics`. */
export interface Metrics {
  registry: Registry;
  /** Counts an answer. `event` is a known event or `other`, so that nobody can invent labels. */
  observe: (event: string, answer: Answer, seconds: number) => void;
  countRedelivery: () => void;
  /** Counts log lines that couldn't be written. */
  countLostLines: (lines: number) => void;
  /** Sets whether the store is available. */
  setReady: (isReady: boolean) => void;
  /** All metrics as text. */
  read: () => Promise<string>;
}

/**
 * Creates the metrics in their own registry.
 *
 * @param ofProcess whether to include Node's own metrics, such as `nodejs_eventloop_lag_seconds`. They start with the
 * first read, because they take a twentieth of the startup and a timer every 10 ms.
 * @param extension the extension's id, a label of every metric, because all extensions share metric names
 */
export function createMetrics({
  ofProcess = false,
  extension,
}: { ofProcess?: boolean | undefined; extension?: string } = {}): Metrics {
  const registry = new Registry();
  if (extension !== undefined) registry.setDefaultLabels({ extension });
  let isWatching = !ofProcess;
  const registers = [registry];
  const deliveries = new Counter({
    name: 'kiket_deliveries_total',
    help: 'Deliveries by event and outcome: a decision, a status or an error code.',
    labelNames: ['event', 'outcome'],
    registers,
  });
  const decisions = new Counter({
    name: 'kiket_decisions_total',
    help: "Guard decisions by status; failure is the error code if a guard couldn't decide, else none.",
    labelNames: ['status', 'failure'],
    registers,
  });
  // A series that starts at 1 hasn't increased, so alerts would miss the first failure.
  for (const [failure, { httpStatus }] of Object.entries(problems)) {
    if (httpStatus < 500) continue;
    for (const status of ['allow', 'deny']) decisions.inc({ status, failure }, 0);
  }
  const overrides = new Counter({
    name: 'kiket_overrides_total',
    help: 'Decisions to allow a move because someone overrode a guard.',
    registers,
  });
  const redeliveries = new Counter({
    name: 'kiket_redeliveries_total',
    help: 'Deliveries that were seen before.',
    registers,
  });
  const lostLines = new Counter({
    name: 'kiket_log_lines_lost_total',
    help: "Log lines that couldn't be written: a full disk, or a reader that is too slow.",
    registers,
  });
  const duration = new Histogram({
    name: 'kiket_delivery_duration_seconds',
    help: 'Time from the first byte of a delivery to its answer.',
    labelNames: ['event'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8.5, 10],
    registers,
  });
  const ready = new Gauge({
    name: 'kiket_ready',
    help: '1 while the store is available, else 0.',
    registers,
  });
  return {
    registry,
    observe: (event, { outcome, failure, isOverridden, body }, seconds) => {
      if (isOverridden === true) overrides.inc();
      deliveries.inc({ event, outcome });
      duration.observe({ event }, seconds);
      const { status } = body;
      if (status === 'allow' || status === 'pending' || status === 'deny') {
        decisions.inc({ status, failure: failure ?? 'none' });
      }
    },
    countRedelivery: () => redeliveries.inc(),
    countLostLines: (lines) => lostLines.inc(lines),
    setReady: (isReady) => ready.set(isReady ? 1 : 0),
    read: async () => {
      if (!isWatching) collectDefaultMetrics({ register: registry });
      isWatching = true;
      return registry.metrics();
    },
  };
}
