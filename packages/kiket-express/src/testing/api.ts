import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A received call. */
export interface ReceivedCall {
  method: string;
  /** Including the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; `undefined` if there was none. */
  body: unknown;
}

/** What to send back. A text body is sent unchanged. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers a call, by returning a reply or by writing the response itself. */
export type Respond = (call: ReceivedCall, response: ServerResponse) => Reply | void;

/** A local API that answers as a test says. */
export interface TestApi {
  url: string;
  /** The calls so far, in order. */
  calls: readonly ReceivedCall[];
  close: () => void;
}

/**
 * Starts an API for a test: Kiket's, or any other that a handler calls. Close it when the test ends.
 *
 * @param respond the replies, in order and then HTTP 500; or a function that creates them
 */
export async function startTestApi(respond: Respond | readonly Reply[]): Promise<TestApi> {
  const calls: ReceivedCall[] = [];
  const replies = typeof respond === 'function' ? [] : [...respond];
  const answer: Respond = typeof respond === 'function' ? respond : () => replies.shift() ?? { status: 500 };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
    calls.push(call);
    const reply = answer(call, response);
    if (reply === undefined) return;
    const { status = 200, body: sent = '' } = reply;
    response.writeHead(status, { 'Content-Type': 'application/json', ...reply.headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  };
  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, calls, close };
}
