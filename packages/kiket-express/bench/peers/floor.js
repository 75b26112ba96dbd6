// The floor: node:http and nothing but the work, with checks written by hand.
import { createServer } from 'node:http';
import { allow, isGenuine, port } from './work.js';

createServer((request, response) => {
  /** @type {Buffer[]} */
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => answer(request, response, pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
}).listen(port, '127.0.0.1');

/** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, body?: Buffer) => void} */
function answer(request, response, body = Buffer.alloc(0)) {
  const { 'x-kiket-timestamp': timestamp, 'x-kiket-signature': signature } = request.headers;
  if (!isGenuine(body, timestamp, signature)) return send(response, 401, '{"error":"not genuine"}');
  const { event, issue, transition } = JSON.parse(body.toString());
  const isSound =
    typeof event === 'string' &&
    typeof issue?.id === 'number' &&
    typeof issue.status === 'string' &&
    typeof transition?.from === 'string' &&
    typeof transition.to === 'string';
  if (!isSound) return send(response, 422, '{"error":"not sound"}');
  send(response, 200, JSON.stringify(allow));
}

/** @type {(response: import('node:http').ServerResponse, status: number, body: string) => void} */
function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
