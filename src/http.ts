import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from './config.ts';
import { problems, SetupError } from './kiket/errors.ts';

/** How long a stop waits for deliveries in hand, in milliseconds. */
export const stopWithinMs = 10_000;

/** How long a client may take to read the answer to what was no request, in milliseconds. */
const lingerMs = 1_000;

/** More connections than this are closed at once, so that what they send fits into memory. */
const maxConnections = 1_024;

/** How a server is made. */
export interface HttpServerOptions {
  /** How long a client may take to send a request, in milliseconds. */
  sendWithinMs?: number;
  /** What its messages are; Node's own unless told otherwise. */
  messages?: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>;
}

/** Makes a server that gives slow senders ten seconds and answers with JSON even what never becomes a request. */
export function createHttpServer(
  app: RequestListener,
  { sendWithinMs = 10_000, messages = {} }: HttpServerOptions = {},
): Server {
  const limits = { requestTimeout: sendWithinMs, headersTimeout: sendWithinMs };
  // Nothing here depends on the Host header, and without one Node's own answer would be no JSON.
  const server = createServer(
    { ...messages, ...limits, connectionsCheckingInterval: sendWithinMs / 10, requireHostHeader: false },
    app,
  );
  server.maxConnections = maxConnections;
  // Longer than any answer takes: what is silent for so long does not read it either.
  server.timeout = 1.5 * sendWithinMs;
  server.on('checkExpectation', app);
  server.on('connect', (_request, socket) => reply(socket, '405 Method Not Allowed', 'method_not_allowed'));
  server.on('clientError', replyToClientError);
  return server;
}

/** Starts listening, or throws a {@link SetupError} that says why that cannot be. */
export async function listen(server: Server, { port, host }: Config): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `PORT ${port} is taken by another process. Set PORT to a free one.`;
      const refused = `Cannot listen on ${host ?? '*'}:${port} (${error.code}). Check HOST and PORT.`;
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
