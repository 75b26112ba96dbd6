// @ts-nocheck Fastify with its own schema validation. It is installed where the bench runs.
import fastify from 'fastify';
import { allow, isGenuine, port } from './work.js';

const app = fastify();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
  const { 'x-kiket-timestamp': timestamp, 'x-kiket-signature': signature } = request.headers;
  if (!isGenuine(body, timestamp, signature)) {
    done(Object.assign(new Error('not genuine'), { statusCode: 401 }));
    return;
  }
  done(null, JSON.parse(body.toString()));
});
const text = { type: 'string' };
const schema = {
  body: {
    type: 'object',
    required: ['event', 'issue', 'transition'],
    properties: {
      event: text,
      issue: { type: 'object', required: ['id', 'status'], properties: { id: { type: 'number' }, status: text } },
      transition: { type: 'object', required: ['from', 'to'], properties: { from: text, to: text } },
    },
  },
  response: {
    200: { type: 'object', properties: { status: text, metadata: { type: 'object', additionalProperties: true } } },
  },
};
app.post('/webhook', { schema }, async () => allow);
await app.listen({ port, host: '127.0.0.1' });
