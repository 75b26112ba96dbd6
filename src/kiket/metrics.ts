import { Counter, Histogram, Registry } from 'prom-client';
import type { Answer } from './decision.ts';

/** What Prometheus reads at `/metrics`. */
export interface Metrics {
  registry: Registry;
  /** Counts an answer. `event` is a known event or `other`, so that nobody can make up labels. */
  observe: (event: string, answer: Answer, seconds: number) => void;
  countRedelivery: () => void;
}

/** Makes the guardian's metrics, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'guardian_deliveries_total',
    help: 'Deliveries by event and outcome: a decision, a status or the code of a problem.',
    labelNames: ['event', 'outcome'],
    registers,
  });
  const decisions = new Counter({
    name: 'guardian_decisions_total',
    help: 'Guard decisions by status; failure is the code if no guard could decide, else none.',
    labelNames: ['status', 'failure'],
    registers,
  });
  const redeliveries = new Counter({
    name: 'guardian_redeliveries_total',
    help: 'Deliveries that had been seen before.',
    registers,
  });
  const duration = new Histogram({
    name: 'guardian_delivery_duration_seconds',
    help: 'Time from the first byte of a delivery to its answer.',
    labelNames: ['event'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8.5, 10],
    registers,
  });
  return {
    registry,
    observe: (event, { outcome, failure, body }, seconds) => {
      deliveries.inc({ event, outcome });
      duration.observe({ event }, seconds);
      const { status } = body;
      if (status === 'allow' || status === 'pending' || status === 'deny') {
        decisions.inc({ status, failure: failure ?? 'none' });
      }
    },
    countRedelivery: () => redeliveries.inc(),
  };
}
