import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { problems } from '../../src/kiket/errors.ts';
import { startServer } from '../../src/server.ts';
import { signedHeaders } from '../support/sign.ts';

async function startGuardian() {
  const server = await startServer({
    DATABASE_URL: 'file::memory:',
    HOST: '127.0.0.1',
    KIKET_SDK_TELEMETRY_OPTOUT: '1',
    KIKET_WEBHOOK_SECRET: 'a secret for tests alone',
    LOG_LEVEL: 'silent',
    PORT: '0',
  });
  onTestFinished(() => server.stop());
  return server;
}

/** Sends bytes that no HTTP client would send, ends its side, and reads what comes back. */
async function exchange(port: number, bytes: string): Promise<{ head: string; body: unknown }> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { head, body: JSON.parse(body) as unknown };
}

const incomplete = { error: { code: 'body_incomplete', message: problems.body_incomplete.message } };

test.each([
  [
    'a body that ends early',
    'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  ],
  ['bytes that are not HTTP', 'hello?\r\n\r\n'],
])('%s is answered with JSON', async (_what, bytes) => {
  const { port } = await startGuardian();
  const { head, body } = await exchange(port, bytes);
  expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/json\r\n/);
  expect(body).toEqual(incomplete);
});

test('a delivery without any body is an empty one', async () => {
  const { port } = await startGuardian();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = signedHeaders('a secret for tests alone', '', timestamp)['X-Kiket-Signature'] ?? '';
  const { head, body } = await exchange(
    port,
    `POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nX-Kiket-Timestamp: ${timestamp}\r\nX-Kiket-Signature: ${signature}\r\n\r\n`,
  );
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expect(body).toMatchObject({ error: { code: 'json_invalid' } });
});

test('300 senders that never finish their body keep nobody out', async () => {
  const { port } = await startGuardian();
  const sockets = Array.from({ length: 300 }, () => connect(port, '127.0.0.1'));
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  for (const socket of sockets) {
    socket.write('POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
  }
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}/webhook`, { method: 'POST', headers, body: '{}' });
  expect(response.status).toBe(401);
});

test('headers that are too large are answered with JSON', async () => {
  const { port } = await startGuardian();
  const { head, body } = await exchange(port, `GET /health HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(head).toMatch(/^HTTP\/1\.1 431 /);
  expect(body).toEqual(incomplete);
});

test('a client that hangs up does not take its place with it', async () => {
  const { port } = await startGuardian();
  for (let count = 0; count < 300; count += 1) {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.write('POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
    socket.destroy();
  }
  await expect
    .poll(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/webhook`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
      });
      return response.status;
    })
    .toBe(401);
});
