// Express as one usually writes it: helmet, pino-http, prom-client, express.raw and zod.
import express from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import { serveWebhook } from './expressWebhook.ts';

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
serveWebhook(app);
