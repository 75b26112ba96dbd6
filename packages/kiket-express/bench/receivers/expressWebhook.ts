import express, { type Express } from 'express';
import { allow, deliverySchema, isGenuine, port } from './work.ts';

/** What the two that are made with Express share: the webhook, and where they listen. */
export function serveWebhook(app: Express): void {
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
}
