// @ts-nocheck Express as one usually writes it: helmet, pino-http, prom-client, express.raw and zod.
import express from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import * as z from 'zod';
import { allow, isGenuine, port } from './work.js';

const deliverySchema = z.looseObject({
  event: z.string(),
  issue: z.looseObject({ id: z.number(), status: z.string() }),
  transition: z.looseObject({ from: z.string(), to: z.string() }),
});
const duration = new Histogram({
  name: 'delivery_duration_seconds',
  help: 'Time to answer.',
  labelNames: ['method', 'route', 'status'],
});

const app = express();
app.use(helmet());
app.use(pinoHttp());
app.use((request, response, next) => {
  const stop = duration.startTimer();
  response.on('finish', () => stop({ method: request.method, route: request.path, status: response.statusCode }));
  next();
});
app.post('/webhook', express.raw({ type: 'application/json' }), (request, response) => {
  const { body } = request;
  if (!isGenuine(body, request.get('x-kiket-timestamp'), request.get('x-kiket-signature'))) {
    response.status(401).json({ error: 'not genuine' });
    return;
  }
  if (!deliverySchema.safeParse(JSON.parse(body.toString())).success) {
    response.status(422).json({ error: 'not sound' });
    return;
  }
  response.json(allow);
});
app.listen(port, '127.0.0.1');
