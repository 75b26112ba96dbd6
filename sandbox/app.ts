import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { apiRouter, type ApiOptions } from './api/router.ts';
import type { ApiDependencies } from './api/endpoint.ts';
import { controlRouter } from './controlRouter.ts';
import type { Controls } from './controls.ts';

/** Wires the sandbox: the keys of its tokens, the REST API for extensions, and the controls for people. Starts nothing. */
export function createApp(dependencies: ApiDependencies & { controls: Controls }, options: ApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.use(stayLocal);
  app.get('/.well-known/jwks.json', (_request, response) => {
    response.json(dependencies.platform.tokens.keys);
  });
  app.use('/api/v1', apiRouter(dependencies, options));
  app.use('/sandbox/api', controlRouter(dependencies.controls));
  return app;
}

/**
 * Turns away what a page on another site could send from this machine's browser: requests to another host name (DNS
 * rebinding) and those that say they come from another origin.
 */
const stayLocal: RequestHandler = (request, response, next) => {
  const host = request.get('host') ?? '';
  const origin = request.get('origin');
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host);
  const isForeign =
    (origin !== undefined && origin !== `http://${host}`) || request.get('sec-fetch-site') === 'cross-site';
  if (isLocal && !isForeign) return next();
  response.status(403).json({ error: 'The sandbox answers this machine alone, and no other site.' });
};
