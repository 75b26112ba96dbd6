import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Kiket } from 'kiket-express';

/** The Express app. It has no body parser: the signature covers the bytes as they arrive. */
export function createApp(kiket: Kiket): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.all(kiket.deliveryPaths, kiket.receive);
  app.all(['/health', '/healthz'], kiket.health);
  app.all('/readyz', kiket.readiness);
  app.all('/metrics', kiket.metrics);
  // Routes of your own go here.
  app.use(kiket.notFound);
  app.use(kiket.onError);
  return app;
}
