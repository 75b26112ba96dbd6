// Express as one usually writes it: helmet, pino-http, prom-client, express.raw and zod.
import express from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import { allow, deliverySchema, isGenuine, port } from './work.ts';

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
  const body = request.body as Buffer;
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
