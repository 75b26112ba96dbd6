import { setTimeout as wait } from 'node:timers/promises';
import { missingScopes } from 'kiket-express/manifest';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import type { Platform } from '../platform.ts';
import { Refusal, refusalBody, toRefusal } from '../refusal.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import { customDataEndpoints } from './customData.ts';
import { endpoint, type ApiDependencies, type Call, type Caller, type Endpoint } from './endpoint.ts';
import { extensionEndpoints } from './extensions.ts';
import { once } from './idempotency.ts';
import { issueEndpoints } from './issues.ts';
import { RateCounter, tooMany, type RateLimit } from './rateLimit.ts';
import { secretEndpoints } from './secrets.ts';
import { slaEndpoints } from './sla.ts';

/** How the API authenticates and limits callers. */
export interface ApiOptions {
  credentials: Credentials;
  rateLimit: RateLimit;
}

const anybody: Caller = { projectId: undefined, scopes: [], name: 'anybody' };

/** How long a caller should wait after a 429 from a fault, in seconds. */
const faultRetryAfter = 1;

/** The REST API that extensions call back, from `/api/v1` on. */
export function apiRouter(dependencies: ApiDependencies, { credentials, rateLimit }: ApiOptions): Router {
  const { platform } = dependencies;
  const counter = new RateCounter(rateLimit);
  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  router.use(misbehave(platform));

  function admit(request: Request, response: Response): Caller {
    const caller = authenticate(platform, credentials, request);
    const now = platform.now();
    counter.count(caller.name, now);
    const { limit, remaining, reset_in: resetIn } = counter.remaining(caller.name, now);
    response.set('X-RateLimit-Limit', String(limit));
    response.set('X-RateLimit-Remaining', String(remaining));
    response.set('X-RateLimit-Reset', String(resetIn));
    counter.enforce(caller.name, now);
    return caller;
  }

  async function answer({ scope, isOpen, handle }: Endpoint, request: Request, response: Response): Promise<void> {
    const caller = isOpen === true ? anybody : admit(request, response);
    if (scope !== null) requireScope(caller, scope);
    const { params, query, body } = request;
    const call = { params, query, body: body as unknown, caller } as Call;
    const write = { caller: caller.name, method: request.method, path: request.originalUrl, body: call.body };
    const reply = await once(platform, request.get('idempotency-key'), write, () => handle(call));
    // Asking what the guards would say also causes telemetry, which must not cause the next question.
    if (request.method !== 'GET' && !isTelemetry(request)) platform.announce();
    if (!isTelemetry(request) && (await platform.faults.strikes('api_lost'))) return void request.socket.destroy();
    if (reply.repeated) response.set('Idempotent-Replayed', 'true');
    response.status(reply.status ?? 200);
    if (reply.body === undefined) return void response.end();
    response.json(reply.body);
  }

  for (const each of endpointsOf(dependencies, counter)) {
    router[each.method](each.path, (request, response) => answer(each, request, response));
  }
  router.use(({ method, originalUrl }) => {
    throw new Refusal(404, 'PATH_UNKNOWN', `The sandbox has no ${method} ${originalUrl}.`);
  });
  router.use(answerRefusal(platform));
  return router;
}

function endpointsOf(dependencies: ApiDependencies, counter: RateCounter): Endpoint[] {
  const { platform } = dependencies;
  return [
    endpoint('get', '/ext/rate_limit', null, async ({ caller }) => ({
      body: { rate_limit: counter.remaining(caller.name, platform.now()) },
    })),
    ...issueEndpoints(dependencies),
    ...customDataEndpoints(platform),
    ...slaEndpoints(platform),
    ...secretEndpoints(platform),
    ...extensionEndpoints(dependencies),
  ];
}

function requireScope({ scopes }: Caller, needed: string): void {
  // Without a scope that names a verb, missingScopes() allows everything. This one turns that off.
  if (missingScopes([needed], ['nothing:read', ...scopes]).length === 0) return;
  throw new Refusal(
    403,
    'SCOPE_MISSING',
    `This call requires the scope ${needed}. Add it to the manifest's permissions.`,
    { details: [{ field: 'scope', message: needed }] },
  );
}

/** Applies the API's faults before anything is done. */
function misbehave({ faults }: Platform) {
  return async (request: Request, _response: Response, next: () => void): Promise<void> => {
    if (isTelemetry(request)) return next();
    await wait(faults.current().api_latency);
    if (await faults.strikes('api_drop')) return void request.socket.destroy();
    if (await faults.strikes('api_error')) throw new Refusal(500, 'FAULT', 'The fault api_error is on.');
    if (await faults.strikes('api_too_many')) throw tooMany(faultRetryAfter);
    next();
  };
}

/** Telemetry arrives at any time, and would use up faults meant for other calls. */
function isTelemetry({ path }: Request): boolean {
  return path === '/ext/telemetry';
}

function answerRefusal({ faults }: Platform): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const refusal = toRefusal(error);
    const shape = faults.current().error_shape;
    if (refusal.retryAfter !== undefined) response.set('Retry-After', String(refusal.retryAfter));
    response.status(refusal.status);
    response.type(shape === 'problem' ? 'application/problem+json' : 'application/json');
    response.send(JSON.stringify(refusalBody(refusal, shape)));
  };
}
