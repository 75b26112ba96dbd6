import { hash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { DeliveryError } from '../receive/errors.ts';
import type { Settings } from '../extension/extension.ts';
import { handledEvents } from '../extension/handlers.ts';
import { deliveryHandler, type ReceiverDependencies } from '../receive/receive.ts';
import { answerProblem, observe } from '../receive/respond.ts';
import { isPresent } from '../receive/text.ts';
import { holdFor } from './holdFor.ts';
import { createReadiness } from './readiness.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What the app is made of. */
export interface AppDependencies<S extends Settings> extends ReceiverDependencies<S> {
  /** The bearer token that `/metrics` wants; without one anybody may read them. */
  metricsToken: string | undefined;
  telemetry: Pick<Telemetry, 'record'>;
}

/** For how long metrics hold, in milliseconds: to write them takes as long as a hundred deliveries. */
const metricsHoldMs = 1_000;

/** Where Kiket may post a delivery: one handler for all. */
export const deliveryPaths = ['/webhook', '/', '/webhooks/:event', '/v/:version/webhooks/:event'];

/**
 * Wires the app. Starts nothing.
 *
 * @param harden sees to it that every answer has the security headers
 */
export function createApp<S extends Settings>(
  dependencies: AppDependencies<S>,
  harden: (app: Express) => void = (app) => app.use(helmet()),
): Express {
  const { manifest, extension, store, metrics, metricsToken, telemetry, clock, log } = dependencies;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  harden(app);

  const observed = observe({ log, metrics, telemetry, knownEvents: handledEvents(extension), clock });
  // First, because it is what comes in most.
  app.post(deliveryPaths, observed, deliveryHandler(dependencies));

  const registeredEvents = [...new Set([...manifest.hooks.map(({ name }) => name), ...manifest.commandEvents.keys()])];
  answerGet(app, ['/health', '/healthz'], (_request, response) => {
    response.json({
      status: 'ok',
      version: manifest.version,
      timestamp: clock().toISOString(),
      extension_id: manifest.id,
      extension_version: manifest.version,
      registered_events: registeredEvents,
    });
  });

  const isReady = createReadiness(store, { clock, log });
  answerGet(app, ['/readyz'], async (_request, response) => {
    if (!(await isReady())) throw new DeliveryError('not_ready');
    response.json({ status: 'ready' });
  });

  const readMetrics = holdFor(metricsHoldMs, async () => {
    metrics.setReady(await isReady());
    return metrics.registry.metrics();
  });
  answerGet(app, ['/metrics'], async (request, response) => {
    if (metricsToken !== undefined && !isSameText(request.get('authorization') ?? '', `Bearer ${metricsToken}`)) {
      response.set('WWW-Authenticate', 'Bearer');
      throw new DeliveryError('metrics_unauthorized');
    }
    response.type(metrics.registry.contentType).send(await readMetrics());
  });

  app.use(observed);
  app.all(deliveryPaths, refuseMethod('POST'));
  app.use(() => {
    throw new DeliveryError('path_unknown');
  });
  const answer = answerProblem(log);
  app.use(answer);
  mendPaths(app);
  endWith(app, (request, response, error) => {
    // Even answering has failed.
    if (isPresent(error) || response.headersSent) response.destroy();
    // A target without a path, such as `foo://bar`, gets past everything above.
    else observed(request, response, () => void answer(new DeliveryError('path_unknown'), request, response, () => {}));
  });
  return app;
}

/** Takes several slashes in a path for one, because addresses are put together from parts: `https://guardian.example/` and `/webhook`. */
function mendPaths(app: Express): void {
  wrapHandle(app, (handle) => (request, response, done) => {
    if (request.url.startsWith('/') && request.url.includes('//')) {
      const [path = '', ...query] = request.url.split('?');
      request.url = [path.replaceAll(/\/{2,}/g, '/'), ...query].join('?');
    }
    handle(request, response, done);
  });
}

/** Sets what happens to a request that nothing has answered, in place of the page that Express makes ready for each. */
function endWith(app: Express, last: (request: Request, response: Response, error?: unknown) => void): void {
  wrapHandle(app, (handle) => (request, response) => {
    handle(request, response, (error) => last(request, response, error));
  });
}

type Handle = (request: Request, response: Response, done: (error?: unknown) => void) => void;

/** Changes what Express does with a request. */
function wrapHandle(app: Express, wrap: (handle: Handle) => Handle): void {
  const routed = app as Express & { handle: Handle };
  routed.handle = wrap(routed.handle.bind(app));
}

function answerGet(app: Express, paths: string[], handler: RequestHandler): void {
  app.get(paths, handler);
  app.all(paths, refuseMethod('GET, HEAD'));
}

function refuseMethod(allowed: string): RequestHandler {
  return (_request, response) => {
    response.set('Allow', allowed);
    throw new DeliveryError('method_not_allowed');
  };
}

/** Compares digests, so that timing tells neither the text nor its length. */
function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}
