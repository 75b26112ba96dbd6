import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Express, type Request, type RequestHandler } from 'express';
import helmet from 'helmet';
import { apiRouter, type ApiOptions } from './api/router.ts';
import type { ApiDependencies } from './api/endpoint.ts';
import { controlRouter } from './controlRouter.ts';
import type { Controls } from './controls.ts';

/** The page doesn't load from or send to other sites, and can't be framed. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'base-uri': ["'none'"],
    'connect-src': ["'self'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'img-src': ["'self'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
  },
};

const page = fileURLToPath(new URL('page', import.meta.url));

/** What the page consists of (Node finds lit-html one folder below the one that browsers need), under the paths at which its modules import each other. */
const pageFolders = {
  '/sandbox/page': page,
  '/node_modules/lit-html': dirname(dirname(createRequire(import.meta.url).resolve('lit-html'))),
};

/**
 * Sets up the sandbox: the keys of its tokens, the REST API for extensions, the controls for people, and their page.
 * Starts nothing.
 */
export function createApp(dependencies: ApiDependencies & { controls: Controls }, options: ApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy }));
  app.use(stayLocal);
  app.get('/.well-known/jwks.json', (_request, response) => {
    response.json(dependencies.platform.tokens.keys);
  });
  app.use('/api/v1', apiRouter(dependencies, options));
  app.use('/sandbox/api', controlRouter(dependencies.controls));
  app.get('/', (_request, response) => response.sendFile('index.html', { root: page }));
  for (const [path, folder] of Object.entries(pageFolders)) app.use(path, express.static(folder, { index: false }));
  return app;
}

/**
 * Rejects what another site could send from this machine's browser: requests to another host name (DNS rebinding) and
 * from another origin, including other ports on this machine. Following a link to the page is allowed: it carries no
 * data, and the page can't be framed or read.
 */
const stayLocal: RequestHandler = (request, response, next) => {
  const host = request.get('host') ?? '';
  const origin = request.get('origin');
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host);
  const isOwn =
    (origin === undefined || origin === `http://${host}`) &&
    ['same-origin', 'none', undefined].includes(request.get('sec-fetch-site'));
  if (isLocal && (isOwn || isVisit(request))) return next();
  response.status(403).json({ error: 'The sandbox only answers requests from this machine, and from no other site.' });
};

function isVisit({ method, path, headers }: Request): boolean {
  const { origin, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  return path === '/' && method === 'GET' && origin === undefined && mode === 'navigate' && destination === 'document';
}
