import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import * as z from 'zod';
import type { Controls, Given } from './controls.ts';
import { faultsSchema } from './faults.ts';
import { Refusal, refusalBody, toRefusal } from './refusal.ts';

/** How often an idle stream says that it is still there, in milliseconds. */
const heartbeatMs = 15_000;

const editedSchema = z.object({ body: z.record(z.string(), z.unknown()) });

/** The controls over HTTP, for the command line and a board in the browser. Bodies are checked by the controls. */
export function controlRouter(controls: Controls): Router {
  const { faults } = controls;
  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  const answer =
    (work: (request: Request, key: string) => unknown): RequestHandler =>
    async (request, response) => {
      response.json((await work(request, String(request.params['key'] ?? ''))) ?? {});
    };

  router.get(
    '/',
    answer(() => ({ sandbox: 'kiket' })),
  );
  router.get('/board', answer(controls.board));
  router.get('/records', answer(controls.records));
  router.post(
    '/issues',
    answer(({ body }) => controls.createIssue(body as Given['create'])),
  );
  router.get(
    '/issues/:key',
    answer((_request, key) => controls.issue(key)),
  );
  router.patch(
    '/issues/:key',
    answer(({ body }, key) => controls.changeIssue(key, body as Given['change'])),
  );
  router.post(
    '/issues/:key/transition',
    answer(({ body }, key) => controls.transition(key, body as Given['move'])),
  );
  router.post(
    '/issues/:key/guards',
    answer(async ({ body }, key) => ({ report: await controls.guards(key, body as Given['move']) })),
  );
  router.post(
    '/actions/:key',
    answer(({ body }, key) => controls.act(key, body as Given['act'])),
  );
  router.get('/deliveries', answer(controls.deliveries));
  router.get(
    '/deliveries/:key',
    answer((_request, key) => controls.delivery(key)),
  );
  router.get(
    '/deliveries/:key/signed',
    answer((_request, key) => controls.signed(key)),
  );
  router.post(
    '/deliveries/:key/redeliver',
    answer((_request, key) => controls.redeliver(key)),
  );
  router.post(
    '/deliveries/:key/send',
    answer(({ body }, key) => controls.sendEdited(key, editedSchema.parse(body).body)),
  );
  router.post(
    '/deliveries/:key/record',
    answer(({ body }, key) => controls.record(key, body as Given['record'])),
  );
  router.get('/faults', answer(faults.current));
  router.get(
    '/faults/schema',
    answer(() => z.toJSONSchema(faultsSchema, { io: 'input' })),
  );
  router.patch(
    '/faults',
    answer(({ body }) => faults.set(body)),
  );
  router.delete('/faults', answer(faults.reset));
  router.post('/drain', answer(controls.drain));
  router.post('/reset', answer(controls.reset));
  router.get('/events', streamChanges(controls));
  router.use(({ method, originalUrl }) => {
    throw new Refusal(404, 'PATH_UNKNOWN', `The sandbox has no ${method} ${originalUrl}.`);
  });
  router.use(answerRefusal);
  return router;
}

/** Server-sent events: one message for each change, with the change as JSON. */
function streamChanges({ watch }: Controls): RequestHandler {
  return (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    // The page asks again soon after the sandbox has been started anew.
    response.write('retry: 500\n: this stream tells what changes\n\n');
    const unwatch = watch((change) => void response.write(`data: ${JSON.stringify(change)}\n\n`));
    const heartbeat = setInterval(() => void response.write(': still here\n\n'), heartbeatMs);
    request.once('close', () => {
      unwatch();
      clearInterval(heartbeat);
    });
  };
}

const answerRefusal: ErrorRequestHandler = (error, _request, response, _next) => {
  const refusal = toRefusal(error);
  response.status(refusal.status).json(refusalBody(refusal, 'detailed'));
};
