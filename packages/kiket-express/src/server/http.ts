import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from './config.ts';
import { problems, SetupError } from '../errors.ts';

/** How long a stop waits for deliveries in progress, in milliseconds. */
export const stopWithinMs = 9_000;

/** How long a client may take to read the answer to an invalid request, in milliseconds. */
const lingerMs = 1_000;

/** More connections than this are closed immediately, so that their data fits into memory. */
const maxConnections = 1_024;

/** Requests in progress per connection. No sender of deliveries sends a second one before the first is answered. */
const maxPipelined = 16;

/** Pieces of a chunked body. Kiket's have a few kilobytes. */
const maxPieces = 4_096;

/** Time limits of the server. */
export interface HttpServerOptions {
  /** How long a client may take to send a request, in milliseconds. */
  sendWithinMs?: number;
  /** How long a connection may stay open between two requests, in milliseconds: longer than any proxy's. */
  keepAliveMs?: number;
  /** The classes of its messages (Node's by default). */
  messages?: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>;
}

/** Creates a server that gives slow senders ten seconds, and answers in JSON even to invalid requests. */
export function createHttpServer(
  app: RequestListener,
  { sendWithinMs = 10_000, keepAliveMs = 620_000, messages = {} }: HttpServerOptions = {},
): Server {
  const limits = { requestTimeout: sendWithinMs, headersTimeout: sendWithinMs, keepAliveTimeout: keepAliveMs };
  const listener = limitPipelining(app);
  // Nothing here needs the Host header, and Node's own answer without one wouldn't be JSON.
  const server = createServer(
    { ...messages, ...limits, connectionsCheckingInterval: sendWithinMs / 10, requireHostHeader: false },
    listener,
  );
  server.maxConnections = maxConnections;
  // Active connections take precedence over idle ones.
  server.on('drop', () => server.closeIdleConnections());
  // Longer than any answer takes: a client that is silent for so long doesn't read it either. Between requests,
  // keepAliveMs applies.
  server.timeout = 1.5 * sendWithinMs;
  server.on('checkExpectation', listener);
  server.on('connect', (_request, socket) => reply(socket, '405 Method Not Allowed', 'method_not_allowed'));
  server.on('clientError', replyToClientError);
  return server;
}

/** Starts listening, or throws a {@link SetupError} that says why it can't. */
export async function listen(server: Server, { port, host }: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `PORT ${port} is already in use. Set PORT to a free port.`;
      const refused = `Can't listen on ${host ?? '*'}:${port} (${error.code}). Check HOST and PORT.`;
      reject(new SetupError([error.code === 'EADDRINUSE' ? taken : refused]));
    });
    server.listen({ port, host, backlog: maxConnections }, resolve);
  });
}

/** Accepts no more connections, lets requests in progress finish, and closes the rest when the time is up. */
export async function close(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), stopWithinMs);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  clearInterval(sweep);
  clearTimeout(cut);
}

/**
 * Rejects what a connection sends while it has too many requests in progress, and closes it when those are answered.
 * Node accepts everything that arrives together: 36 KB of small requests are 2,000 of them.
 */
function limitPipelining(app: RequestListener): RequestListener {
  const inHand = new WeakMap<Duplex, number>();
  return (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const before = inHand.get(socket) ?? 0;
    inHand.set(socket, before + 1);
    limitPieces(request);
    if (before < maxPipelined) {
      response.once('close', () => {
        const count = inHand.get(socket) ?? 0;
        // One is enough: the answer that closes the connection waits behind the others.
        if (count <= maxPipelined) inHand.set(socket, count - 1);
      });
      app(request, response);
      return;
    }
    if (before > maxPipelined) return;
    // After this turn, because Node continues reading at the end of each request.
    setImmediate(() => socket.pause());
    const { httpStatus, message } = problems.overloaded;
    const body = JSON.stringify({ error: { code: 'overloaded', message } });
    response.writeHead(httpStatus, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Retry-After': '1',
      Connection: 'close',
    });
    response.end(body);
  };
}

/** Closes a connection that sends a body in too many pieces: each costs as much as a whole packet. */
function limitPieces(request: IncomingMessage): void {
  if (request.headers['transfer-encoding'] === undefined) return;
  const push = request.push.bind(request);
  let pieces = 0;
  request.push = (piece, encoding) => {
    pieces += 1;
    if (pieces <= maxPieces) return push(piece, encoding);
    request.socket.destroy();
    return false;
  };
}

function replyToClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return reply(socket, '431 Request Header Fields Too Large', 'headers_too_large');
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  reply(socket, isLate ? '408 Request Timeout' : '400 Bad Request', 'body_incomplete');
}

/** Answers on a connection without a valid request, and closes it whatever the client does. */
function reply(
  socket: Duplex,
  status: string,
  code: 'body_incomplete' | 'headers_too_large' | 'method_not_allowed',
): void {
  const body = JSON.stringify({ error: { code, message: problems[code].message } });
  const headers = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(cut));
  socket.on('error', () => socket.destroy());
  socket.end([`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n'));
}
