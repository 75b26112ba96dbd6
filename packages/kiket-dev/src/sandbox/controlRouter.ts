import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import * as z from 'zod';
import type { Controls, Given } from './controls.ts';
import { Refusal, refusalBody, toRefusal } from './refusal.ts';
import { streamState } from './stream.ts';

const editedSchema = z.object({ body: z.record(z.string(), z.unknown()) });

/**
 * The controls over HTTP, for the command line and the board in the browser. The controls check the bodies. Every
 * answer's `X-Sandbox-Change` says which change includes its effect.
 */
export function controlRouter(controls: Controls): Router {
  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  type Method = 'get' | 'post' | 'patch' | 'delete';
  const on = (method: Method, path: string, work: (key: string, body: unknown) => unknown) =>
    router[method](path, async ({ params, body }: Request, response) => {
      const answer = await work(String(params['key'] ?? ''), body);
      response.set('X-Sandbox-Change', String(controls.changeCount())).json(answer ?? {});
    });

  on('get', '/', () => ({ sandbox: 'kiket' }));
  on('get', '/state', controls.snapshot);
  router.get('/events', streamState(controls));
  on('post', '/issues', (_key, body) => controls.createIssue(body as Given['create']));
  on('patch', '/issues/:key', (key, body) => controls.changeIssue(key, body as Given['change']));
  on('post', '/issues/:key/transition', (key, body) => controls.transition(key, body as Given['move']));
  on('post', '/actions/:key', (key, body) => controls.act(key, body as Given['act']));
  on('get', '/deliveries/:key/signed', controls.signed);
  on('post', '/deliveries/:key/redeliver', controls.redeliver);
  on('post', '/deliveries/:key/send', (key, body) => controls.sendEdited(key, editedSchema.parse(body).body));
  on('post', '/deliveries/:key/record', (key, body) => controls.record(key, body as Given['record']));
  on('patch', '/faults', (_key, body) => controls.faults.set(body));
  on('delete', '/faults', controls.faults.reset);
  on('post', '/reset', controls.reset);
  router.use(noSuchPath);
  router.use(answerRefusal);
  return router;
}

const noSuchPath: RequestHandler = ({ method, originalUrl }) => {
  throw new Refusal(404, 'PATH_UNKNOWN', `The sandbox has no ${method} ${originalUrl}.`);
};

const answerRefusal: ErrorRequestHandler = (error, _request, response, _next) => {
  const refusal = toRefusal(error);
  response.status(refusal.status).json(refusalBody(refusal, 'detailed'));
};
