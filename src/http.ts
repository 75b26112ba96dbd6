import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from './config.ts';
import { problems, SetupError } from './kiket/errors.ts';

/** How long a stop waits for deliveries in hand, in milliseconds. */
const stopWithinMs = 10_000;

/** More connections than this are closed at once, so that what they send fits into memory. */
const maxConnections = 1_024;

/** Makes a server that gives slow senders ten seconds and answers what is not even HTTP with JSON as well. */
export function createHttpServer(app: RequestListener): Server {
  const limits = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };
  const server = createServer(limits, app);
  server.maxConnections = maxConnections;
  server.on('clientError', answerClientError);
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
    server.listen({ port, host }, resolve);
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

function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = clientErrorStatus[error.code ?? ''] ?? '400 Bad Request';
  const { message } = problems.body_incomplete;
  const body = JSON.stringify({ error: { code: 'body_incomplete', message } });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const clientErrorStatus: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};
