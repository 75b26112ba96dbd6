// Express with express.raw and zod, and nothing else.
import express from 'express';
import { allow, deliverySchema, isGenuine, port } from './work.ts';

const app = express();
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
