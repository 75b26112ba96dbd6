// The floor: node:http and nothing but the work, with checks written by hand.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { allow, isGenuine, port } from './work.ts';

createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => answer(request, response, pieces));
}).listen(port, '127.0.0.1');

function answer(request: IncomingMessage, response: ServerResponse, pieces: readonly Buffer[]): void {
  const body = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  const { 'x-kiket-timestamp': timestamp, 'x-kiket-signature': signature } = request.headers;
  if (!isGenuine(body, timestamp, signature)) return send(response, 401, '{"error":"not genuine"}');
  const delivery = JSON.parse(body.toString()) as Record<string, Record<string, unknown> | undefined>;
  const { event, issue, transition } = delivery;
  const isSound =
    typeof event === 'string' &&
    typeof issue?.['id'] === 'number' &&
    typeof issue['status'] === 'string' &&
    typeof transition?.['from'] === 'string' &&
    typeof transition['to'] === 'string';
  if (!isSound) return send(response, 422, '{"error":"not sound"}');
  send(response, 200, JSON.stringify(allow));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
