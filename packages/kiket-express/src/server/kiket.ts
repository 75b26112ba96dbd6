import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { handledEvents } from '../extension/handlers.ts';
import { createStep, type Step } from '../extension/once.ts';
import type { Settings } from '../extension/extension.ts';
import { DeliveryError } from '../errors.ts';
import { installationSettings } from '../manifest/settings.ts';
import { createReceiver, type ReceiverDependencies } from '../receive/receive.ts';
import { deliveryPath, deliveryPaths, header, targetOf } from '../request.ts';
import { answerToError, createResponder, send, type Handler } from '../receive/answer.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createObserver } from '../telemetry/observe.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { cacheFor } from './cacheFor.ts';
import { createReadiness } from './readiness.ts';

/** What the handlers need. */
export interface KiketDependencies<S extends Settings> extends Omit<ReceiverDependencies<S>, 'readSettings'> {
  /** `KIKET_SETTING_*` by name without the prefix. An installation's own settings override them. */
  overrides: Readonly<Record<string, string>>;
  /** The bearer token that `/metrics` requires; without one, anyone can read them. */
  metricsToken: string | undefined;
  metrics: Metrics;
  telemetry: Pick<Telemetry, 'record'>;
}

/**
 * What an app mounts. Each is a plain Node handler for Express, any framework that exposes Node's own messages, and
 * `node:http`. None of them needs a parsed body: the signature covers the bytes as they arrived.
 */
export interface Kiket {
  /** The paths that Kiket can post deliveries to. */
  deliveryPaths: string[];
  /** Answers deliveries: `app.all(kiket.deliveryPaths, kiket.receive)`. */
  receive: Handler;
  /** Says that the process runs. */
  health: Handler;
  /** Says whether the store is available, so that deliveries can be handled. */
  readiness: Handler;
  /** Metrics for Prometheus. */
  metrics: Handler;
  /** Answers 404. */
  notFound: Handler;
  /** Answers errors of the framework or other middleware: Express's error handler. */
  onError: (error: unknown, request: IncomingMessage, response: ServerResponse, next: unknown) => void;
  /** All of the above at their usual paths, for servers without a framework. */
  handle: Handler;
  /** The results of a step in earlier deliveries, oldest first, within `RETENTION_DAYS`. For jobs. */
  earlierSteps: (name: string) => Promise<EarlierStep[]>;
}

/** A completed step of a delivery. */
export interface EarlierStep {
  organization: string;
  /** After a round trip through JSON. */
  result: unknown;
  /** Continues where the delivery stopped, without repeating its steps. */
  step: Step;
}

/** How long metrics are cached, in milliseconds. Rendering them takes as long as a hundred deliveries. */
const metricsCacheMs = 1_000;

/** Creates the handlers. Starts nothing. */
export function createKiket<S extends Settings>(dependencies: KiketDependencies<S>): Kiket {
  const { manifest, extension, store, metrics, metricsToken, telemetry, clock, log } = dependencies;
  const observe = createObserver({ log, metrics, telemetry, knownEvents: handledEvents(extension), clock });
  const respond = createResponder(log, observe);
  const isReady = createReadiness(store, { clock, log });

  const receive = respond(createReceiver({ ...dependencies, readSettings: installationSettings(dependencies) }));
  const notFound = respond(() => {
    throw new DeliveryError('path_unknown');
  });

  const registeredEvents = [...new Set([...manifest.hooks.map(({ name }) => name), ...manifest.commandEvents.keys()])];
  const health = answerGet(log, async (_request, response) => {
    send(response, {
      httpStatus: 200,
      outcome: 'health',
      body: {
        status: 'ok',
        version: manifest.version,
        timestamp: clock().toISOString(),
        extension_id: manifest.id,
        extension_version: manifest.version,
        registered_events: registeredEvents,
      },
    });
  });

  const readiness = answerGet(log, async (_request, response) => {
    if (!(await isReady())) throw new DeliveryError('not_ready');
    send(response, { httpStatus: 200, outcome: 'ready', body: { status: 'ready' } });
  });

  const cachedMetrics = cacheFor(metricsCacheMs, async () => {
    metrics.setReady(await isReady());
    return metrics.read();
  });
  const readMetrics = answerGet(log, async (request, response) => {
    const given = header(request, 'authorization') ?? '';
    if (metricsToken !== undefined && !isSameText(given, `Bearer ${metricsToken}`)) {
      throw new DeliveryError('metrics_unauthorized', { headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    const text = await cachedMetrics();
    response.setHeader('Content-Type', metrics.registry.contentType);
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(text);
  });

  // Express recognizes an error handler by its four parameters.
  const onError: Kiket['onError'] = (error, request, response, _next) => {
    respond(() => {
      // Express decodes what its paths name.
      throw error instanceof URIError ? new DeliveryError('path_malformed', { cause: error }) : error;
    })(request, response);
  };

  const routes: Readonly<Record<string, Handler>> = {
    '/health': health,
    '/healthz': health,
    '/readyz': readiness,
    '/metrics': readMetrics,
  };
  const handle: Handler = (request, response) => {
    const [path = '/'] = targetOf(request).split('?');
    const handler = deliveryPath.test(path) ? receive : (routes[path] ?? notFound);
    handler(request, response);
  };
  const earlierSteps: Kiket['earlierSteps'] = async (name) => {
    const done = await store.deliveries.listSteps(name);
    return done.map(({ delivery, result }) => ({
      organization: delivery.organization,
      result: JSON.parse(result) as unknown,
      step: createStep(store.deliveries, delivery, clock()),
    }));
  };
  return { deliveryPaths, receive, health, readiness, metrics: readMetrics, notFound, onError, handle, earlierSteps };
}

/** Answers GET and HEAD, and rejects every other method. */
function answerGet(log: Logger, work: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Handler {
  return (request, response) => {
    const answer = async () => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new DeliveryError('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
      }
      await work(request, response);
    };
    const refuse = (thrown: unknown) => {
      const refusal = answerToError(thrown, () => log);
      if (response.headersSent) response.destroy();
      else send(response, refusal);
    };
    // If even the error answer fails, there's nothing left to send.
    answer()
      .catch(refuse)
      .catch(() => response.destroy());
  };
}

/** Compares digests, so that timing reveals neither the text nor its length. */
function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}
