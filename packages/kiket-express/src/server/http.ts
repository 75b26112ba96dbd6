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

/** How long a stop waits for deliveries in hand, in milliseconds. */
export const stopWithinMs = 10_000;

/** How long a client may take to read the answer to what was no request, in milliseconds. */
const lingerMs = 1_000;

/** More connections than this are closed at once, so that what they send fits into memory. */
const maxConnections = 1_024;

/** Requests that one connection may have in hand. Nobody who delivers sends a second one before the first is answered. */
const maxPipelined = 16;

/** How a server is made. */
export interface HttpServerOptions {
  /** How long a client may take to send a request, in milliseconds. */
  sendWithinMs?: number;
  /** How long a connection may stay open between two requests, in milliseconds: longer than any proxy's. */
  keepAliveMs?: number;
  /** What its messages are; Node's own unless told otherwise. */
  messages?: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>;
}

/** Makes a server that gives slow senders ten seconds and answers with JSON even what never becomes a request. */
export function createHttpServer(
  app: RequestListener,
  { sendWithinMs = 10_000, keepAliveMs = 620_000, messages = {} }: HttpServerOptions = {},
): Server {
  const limits = { requestTimeout: sendWithinMs, headersTimeout: sendWithinMs, keepAliveTimeout: keepAliveMs };
  const listener = limitPipelining(app);
  // Nothing here depends on the Host header, and without one Node's own answer would be no JSON.
  const server = createServer(
    { ...messages, ...limits, connectionsCheckingInterval: sendWithinMs / 10, requireHostHeader: false },
    listener,
  );
  server.maxConnections = maxConnections;
  // Whoever uses a connection goes before whoever may use one again.
  server.on('drop', () => server.closeIdleConnections());
  // Longer than any answer takes: what is silent for so long does not read it either. Between requests keepAliveMs counts.
  server.timeout = 1.5 * sendWithinMs;
  server.on('checkExpectation', listener);
  server.on('connect', (_request, socket) => reply(socket, '405 Method Not Allowed', 'method_not_allowed'));
  server.on('clientError', replyToClientError);
  return server;
}

/** Starts listening, or throws a {@link SetupError} that says why that cannot be. */
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

/** Lets nobody in, lets what is in hand finish, and cuts what is left at the end of the time. */
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
 * Turns away what a connection sends while so many of its requests are in hand, and closes it when those are answered.
 * Node takes all that came together at once: 36 KB of small requests are 2,000 of them.
 */
function limitPipelining(app: RequestListener): RequestListener {
  const inHand = new WeakMap<Duplex, number>();
  return (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const before = inHand.get(socket) ?? 0;
    inHand.set(socket, before + 1);
    if (before < maxPipelined) {
      response.once('close', () => {
        const count = inHand.get(socket) ?? 0;
        // Once too many is too many: the answer that closes the connection waits behind the others.
        if (count <= maxPipelined) inHand.set(socket, count - 1);
      });
      app(request, response);
      return;
    }
    if (before > maxPipelined) return;
    // After this turn, because Node reads on at the end of each request.
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

/** Answers on a connection that carries no request which the app could answer, and closes it whatever its client does. */
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
